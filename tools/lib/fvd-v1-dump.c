// SPDX-License-Identifier: GPL-2.0-only
/*
 * The metadata of version 1 as text, for people: nothing reads it back.
 *
 *	fvd-v1-dump 1
 *	image-bytes N
 *	header			body: FIELD VALUE
 *	bitmap			body: FIRST+COUNT of blocks in the image
 *	table			body: CHUNK NUMBER[+N], +N counts up both
 *	journal sector N	body: sectors FIRST+N, or
 *				chunks FIRST NUMBER[!] ..., ! for a dirty bit,
 *				or an error
 *	end
 */
#include <stdlib.h>

#include "fvd-fields.h"
#include "fvd-v1-image.h"

#define RUN_BYTES	65536U
#define ENTRIES_A_LINE	8

#define FIELD(name, kind) \
	{ #name, offsetof(struct fvd_v1_header_disk, name), FVD_FIELD_##kind }

static const struct fvd_field fields[] = {
	FIELD(magic, HEX),
	FIELD(version, NUMBER),
	FIELD(all_data_in_fvd_img, NUMBER),
	FIELD(virtual_disk_size, SIGNED),
	FIELD(metadata_size, SIGNED),
	FIELD(base_img, TEXT),
	FIELD(base_img_fmt, TEXT),
	FIELD(base_img_size, SIGNED),
	FIELD(bitmap_offset, SIGNED),
	FIELD(bitmap_size, SIGNED),
	FIELD(block_size, SIGNED),
	FIELD(copy_on_read, NUMBER),
	FIELD(max_outstanding_copy_on_read_data, SIGNED),
	FIELD(data_file, TEXT),
	FIELD(data_file_fmt, TEXT),
	FIELD(prefetch_start_delay, SIGNED),
	FIELD(prefetch_profile_offset, SIGNED),
	FIELD(prefetch_profile_entries, SIGNED),
	FIELD(num_prefetch_slots, SIGNED),
	FIELD(bytes_per_prefetch, SIGNED),
	FIELD(prefetch_read_throughput_measure_time, SIGNED),
	FIELD(prefetch_write_throughput_measure_time, SIGNED),
	FIELD(prefetch_perf_calc_alpha, SIGNED),
	FIELD(prefetch_min_read_throughput, SIGNED),
	FIELD(prefetch_min_write_throughput, SIGNED),
	FIELD(prefetch_max_read_throughput, SIGNED),
	FIELD(prefetch_max_write_throughput, SIGNED),
	FIELD(prefetch_throttle_time, SIGNED),
	FIELD(compact_image, NUMBER),
	FIELD(table_offset, SIGNED),
	FIELD(chunk_size, SIGNED),
	FIELD(storage_grow_unit, SIGNED),
	FIELD(add_storage_cmd, TEXT),
	FIELD(journal_offset, SIGNED),
	FIELD(journal_size, SIGNED),
	FIELD(clean_shutdown, NUMBER),
	FIELD(need_zero_init, NUMBER),
	FIELD(generate_prefetch_profile, NUMBER),
	FIELD(profile_entry_unit, NUMBER),
	FIELD(profile_prefetch_start_delay, SIGNED),
	FIELD(write_updates_base_img, TEXT),
	{ NULL, FVD_V1_HEADER_BYTES },
};

static void dump_header(const struct fvd_v1_image *image, FILE *out)
{
	const struct fvd_field *field;

	fputs("header\n", out);
	for (field = fields; field->name; field++) {
		if (fvd_field_is_zero(field, &image->raw))
			continue;
		fprintf(out, "\t%s ", field->name);
		fvd_field_print(out, field, &image->raw);
		fputc('\n', out);
	}
}

static void dump_bitmap(const struct fvd_v1_map *map, FILE *out)
{
	u64 nr = map->header->nr_blocks, block, end;

	if (!map->bitmap)
		return;
	fputs("bitmap\n", out);
	for (block = fvd_bitmap_find(map->bitmap, 0, nr, true); block < nr;
	     block = fvd_bitmap_find(map->bitmap, end, nr, true)) {
		end = fvd_bitmap_find(map->bitmap, block, nr, false);
		fprintf(out, "\t%llu+%llu\n", (unsigned long long)block,
			(unsigned long long)(end - block));
	}
}

static void dump_table(const struct fvd_v1_map *map, FILE *out)
{
	u64 nr = map->header->nr_stored_chunks, chunk, end;
	u32 entry;

	if (!map->table)
		return;
	fputs("table\n", out);
	for (chunk = 0; chunk < nr; chunk = end) {
		entry = fvd_v1_map_entry(map, chunk);
		end = chunk + 1;
		if (entry == FVD_V1_ENTRY_EMPTY)
			continue;
		while (end < nr &&
		       fvd_v1_map_entry(map, end) == entry + (end - chunk))
			end++;
		fprintf(out, "\t%llu %u", (unsigned long long)chunk, entry);
		if (end > chunk + 1)
			fprintf(out, "+%llu", (unsigned long long)(end - chunk));
		fputc('\n', out);
	}
}

static void dump_record(const struct fvd_v1_record *record, FILE *out)
{
	u64 i;
	u32 entry;

	if (record->tag == FVD_V1_TAG_BITMAP) {
		fprintf(out, "\tsectors %llu+%llu\n",
			(unsigned long long)record->first,
			(unsigned long long)record->nr);
		return;
	}
	for (i = 0; i < record->nr; i++) {
		if (!(i % ENTRIES_A_LINE))
			fprintf(out, "%s\tchunks %llu", i ? "\n" : "",
				(unsigned long long)(record->first + i));
		entry = fvd_v1_record_entry(record, i);
		if (entry == FVD_V1_ENTRY_EMPTY)
			fputs(" empty", out);
		else
			fprintf(out, " %u%s", entry & ~FVD_V1_ENTRY_DIRTY,
				entry & FVD_V1_ENTRY_DIRTY ? "!" : "");
	}
	fputc('\n', out);
}

static void dump_sector(const u8 *sector, u64 index, FILE *out)
{
	struct fvd_error error = { "" };
	struct fvd_v1_record record;
	u32 offset = 0;
	bool any = false;
	int r;

	while ((r = fvd_v1_journal_next(sector, &offset, &record, &error))) {
		if (!any)
			fprintf(out, "journal sector %llu\n",
				(unsigned long long)index);
		any = true;
		if (r < 0) {
			fprintf(out, "\terror: %s\n", error.text);
			return;
		}
		dump_record(&record, out);
	}
}

static int dump_journal(struct fvd_v1_image *image, FILE *out,
			struct fvd_error *error)
{
	u64 at, i, nr, size = image->header.journal_size_bytes;
	u8 *buffer = malloc(RUN_BYTES);
	int r = 0;

	if (!buffer)
		return fvd_error_set(error, -ENOMEM, "out of memory");
	for (at = 0; !r && at < size; at += nr) {
		nr = min_t(u64, size - at, RUN_BYTES);
		r = fvd_v1_image_read_journal(image, at, buffer, nr, error);
		for (i = 0; !r && i < nr; i += FVD_SECTOR_BYTES)
			dump_sector(buffer + i, (at + i) >> FVD_SECTOR_SHIFT,
				    out);
	}
	free(buffer);
	return r;
}

static int dump_regions(struct fvd_v1_image *image, FILE *out,
			struct fvd_error *error)
{
	int r = fvd_v1_image_load_map(image, error);

	if (r)
		return r;
	dump_bitmap(&image->map, out);
	dump_table(&image->map, out);
	return dump_journal(image, out, error);
}

int fvd_v1_dump(struct fvd_device *dev, FILE *out, struct fvd_error *error)
{
	struct fvd_v1_image image;
	int r = fvd_v1_image_open(&image, dev, error);

	fprintf(out, "fvd-v1-dump 1\nimage-bytes %llu\n",
		(unsigned long long)dev->size_bytes);
	/* Also if it is refused; zeros, if it could not be read. */
	dump_header(&image, out);
	if (!r)
		r = dump_regions(&image, out, error);
	fvd_v1_image_close(&image);
	if (r)
		return r;
	fputs("end\n", out);
	if (fflush(out) || ferror(out))
		return fvd_error_set(error, -EIO, "%s", strerror(errno));
	return 0;
}
