// SPDX-License-Identifier: GPL-2.0-only
/*
 * An image's metadata to text; the grammar is in fvd-text.h.
 *
 * Invariant: I-TXT-1  Whatever is printed in decoded form encodes to the same
 * bytes; else the page is printed raw.
 */
#include <stdlib.h>

#include "fvd-fields.h"
#include "fvd-hex.h"
#include "fvd-image.h"
#include "fvd-text.h"

/* A page with more runs of ones is shorter and no less readable as hex. */
#define MAX_RUNS	256
#define WORDS_A_LINE	8

struct dump {
	struct fvd_device *dev;
	FILE *out;
	struct fvd_text_layout layout;
	u64 metadata_bytes;
	u32 seed;
	u8 page[FVD_PAGE_BYTES] __aligned(8);
	u8 other[FVD_PAGE_BYTES] __aligned(8);
};

u64 fvd_text_page_offset(const struct fvd_text_layout *layout, u64 index,
			 unsigned int slot)
{
	const struct fvd_text_region *region = &layout->bitmap;
	u64 nr_bitmap_pages = layout->bitmap.size_bytes >> FVD_PAGE_SHIFT;

	if (index >= nr_bitmap_pages) {
		region = &layout->table;
		index -= nr_bitmap_pages;
	}
	return region->offset_bytes + slot * region->size_bytes +
		(index << FVD_PAGE_SHIFT);
}

u64 fvd_text_nr_pages(const struct fvd_text_layout *layout)
{
	return (layout->bitmap.size_bytes + layout->table.size_bytes) >>
		FVD_PAGE_SHIFT;
}

static bool is_filled(const u8 *page, u8 value)
{
	return page[0] == value &&
		!memcmp(page, page + 1, FVD_PAGE_BYTES - 1);
}

/* Returns: false if there is nothing to print (zeros, or unreadable). */
static bool read_page(struct dump *d, u64 offset)
{
	struct fvd_error error;

	if (offset > d->metadata_bytes ||
	    d->metadata_bytes - offset < FVD_PAGE_BYTES)
		return false;
	if (fvd_device_read(d->dev, offset, d->page, FVD_PAGE_BYTES, &error)) {
		fprintf(d->out, "# page at %llu: %s\n",
			(unsigned long long)offset, error.text);
		return false;
	}
	return !is_filled(d->page, 0);
}

static void print_raw(struct dump *d)
{
	static const u8 zeros[FVD_TEXT_HEX_BYTES];
	u32 at;

	fputs(" raw\n", d->out);
	for (at = 0; at < FVD_PAGE_BYTES; at += FVD_TEXT_HEX_BYTES) {
		if (!memcmp(d->page + at, zeros, FVD_TEXT_HEX_BYTES))
			continue;
		fprintf(d->out, "\t%u ", at);
		fvd_hex_print(d->out, d->page + at, FVD_TEXT_HEX_BYTES);
		fputc('\n', d->out);
	}
}

static bool is_checksum_crc_right(struct dump *d,
				  const struct fvd_superblock_disk *disk)
{
	const struct fvd_text_region *region = &d->layout.checksums;
	u32 copy = le32_to_cpu(disk->checksum_copy);
	u32 crc = d->seed;
	u64 at;

	if (!d->layout.is_known || copy > 1)
		return false;
	for (at = 0; at < region->size_bytes; at += FVD_PAGE_BYTES) {
		if (fvd_device_read(d->dev, region->offset_bytes +
				    copy * region->size_bytes + at, d->other,
				    FVD_PAGE_BYTES, NULL))
			return false;
		crc = crc32c(crc, d->other, FVD_PAGE_BYTES);
	}
	return crc == le32_to_cpu(disk->checksum_crc);
}

static bool is_auto_field(struct dump *d, const struct fvd_field *field)
{
	const struct fvd_superblock_disk *disk = (const void *)d->page;

	if (!strcmp(field->name, "checksum_crc"))
		return is_checksum_crc_right(d, disk);
	return !strcmp(field->name, "crc") &&
		crc32c(~0U, d->page, FVD_PAGE_BYTES - sizeof(disk->crc)) ==
		le32_to_cpu(disk->crc);
}

static void dump_superblock(struct dump *d, unsigned int which)
{
	const struct fvd_superblock_disk *disk = (const void *)d->page;
	const struct fvd_field *field;

	if (!read_page(d, fvd_superblock_offset_bytes(which)))
		return;
	fprintf(d->out, "superblock %u", which);
	if (le32_to_cpu(disk->magic) != FVD_MAGIC) {
		print_raw(d);
		return;
	}
	fputc('\n', d->out);
	for (field = fvd_fields; field->name; field++) {
		if (is_auto_field(d, field)) {
			fprintf(d->out, "\t%s auto\n", field->name);
			continue;
		}
		if (fvd_field_is_zero(field, d->page) &&
		    (field->kind == FVD_FIELD_TEXT ||
		     field->kind == FVD_FIELD_BYTES))
			continue;
		fprintf(d->out, "\t%s ", field->name);
		fvd_field_print(d->out, field, d->page);
		fputc('\n', d->out);
	}
}

/* A list of words, some on each line. */
static void begin_word(struct dump *d, u64 *nr_words)
{
	if (*nr_words % WORDS_A_LINE)
		fputc(' ', d->out);
	else
		fputs(*nr_words ? "\n\t" : "\t", d->out);
	(*nr_words)++;
}

static u64 count_runs(const __le64 *words)
{
	u64 end = FVD_PAGE_BYTES * 8, at = 0, nr = 0;

	for (;;) {
		at = fvd_bitmap_find(words, at, end, true);
		if (at == end)
			return nr;
		nr++;
		at = fvd_bitmap_find(words, at, end, false);
	}
}

static void print_ones(struct dump *d, u64 index)
{
	const __le64 *words = (const void *)d->page;
	u64 end = FVD_PAGE_BYTES * 8, at = 0, nr = 0, next;

	fputs(" ones\n", d->out);
	for (;;) {
		at = fvd_bitmap_find(words, at, end, true);
		if (at == end)
			break;
		next = fvd_bitmap_find(words, at, end, false);
		begin_word(d, &nr);
		fprintf(d->out, "%llu+%llu",
			(unsigned long long)(index * end + at),
			(unsigned long long)(next - at));
		at = next;
	}
	fputc('\n', d->out);
}

static u32 get_entry(const u8 *page, u64 i)
{
	__le32 entry;

	memcpy(&entry, page + i * sizeof(entry), sizeof(entry));
	return le32_to_cpu(entry);
}

static void print_value(struct dump *d, u32 value)
{
	if (value == FVD_ENTRY_EMPTY)
		fputs("empty", d->out);
	else if (value == FVD_ENTRY_ZERO)
		fputs("zero", d->out);
	else
		fprintf(d->out, "%u", value);
}

/* Little-endian numbers as VALUE, VALUE+N, VALUE*N. */
static void print_values(struct dump *d, const u8 *values, u64 nr,
			 u64 nr_words)
{
	u64 i, same, up;

	for (i = 0; i < nr; i += max(same, up)) {
		u32 value = get_entry(values, i);

		for (same = 1; i + same < nr &&
		     get_entry(values, i + same) == value; same++)
			;
		for (up = 1; i + up < nr && value + up < FVD_ENTRY_LIMIT &&
		     get_entry(values, i + up) == value + up; up++)
			;
		begin_word(d, &nr_words);
		print_value(d, value);
		if (same > 1)
			fprintf(d->out, "*%llu", (unsigned long long)same);
		else if (up > 1)
			fprintf(d->out, "+%llu", (unsigned long long)up);
	}
	fputc('\n', d->out);
}

/* Pages from @index on that are filled with the same byte as d->page. */
static u64 count_filled(struct dump *d, const struct fvd_text_region *region,
			unsigned int slot, u64 index)
{
	u64 nr_pages = region->size_bytes >> FVD_PAGE_SHIFT;
	u64 at = region->offset_bytes + slot * region->size_bytes;
	u64 nr = 1;

	while (index + nr < nr_pages) {
		if (at + ((index + nr + 1) << FVD_PAGE_SHIFT) >
		    d->metadata_bytes)
			break;
		if (fvd_device_read(d->dev,
				    at + ((index + nr) << FVD_PAGE_SHIFT),
				    d->other, FVD_PAGE_BYTES, NULL) ||
		    !is_filled(d->other, d->page[0]))
			break;
		nr++;
	}
	return nr;
}

static void dump_map_page(struct dump *d, bool is_table, u64 index)
{
	if (is_table) {
		fputs(" entries\n", d->out);
		print_values(d, d->page, FVD_TEXT_PAGE_ENTRIES, 0);
	} else if (count_runs((const void *)d->page) <= MAX_RUNS) {
		print_ones(d, index);
	} else {
		print_raw(d);
	}
}

static void dump_map(struct dump *d, bool is_table, unsigned int slot)
{
	const struct fvd_text_region *region = is_table ? &d->layout.table :
							  &d->layout.bitmap;
	const char *name = is_table ? "table" : "bitmap";
	u64 nr_pages = region->size_bytes >> FVD_PAGE_SHIFT;
	u64 at = region->offset_bytes + slot * region->size_bytes;
	u64 i, nr;

	for (i = 0; i < nr_pages; i += nr) {
		nr = 1;
		if (!read_page(d, at + (i << FVD_PAGE_SHIFT)))
			continue;
		fprintf(d->out, "%s %u page %llu", name, slot,
			(unsigned long long)i);
		if (!is_filled(d->page, d->page[0])) {
			dump_map_page(d, is_table, i);
			continue;
		}
		nr = count_filled(d, region, slot, i);
		if (nr > 1)
			fprintf(d->out, "-%llu",
				(unsigned long long)(i + nr - 1));
		fprintf(d->out, " fill %02x\n", d->page[0]);
	}
}

/* How one entry of the checksum region is printed. */
struct checksum_form {
	u32 slot;
	u32 crc;
	bool is_auto;
};

static void get_form(struct dump *d, u64 index, struct checksum_form *form)
{
	const struct fvd_checksum_disk *entries = (const void *)d->page;
	const struct fvd_checksum_disk *entry =
		&entries[index % (FVD_PAGE_BYTES / sizeof(*entry))];

	form->slot = le32_to_cpu(entry->slot);
	form->crc = le32_to_cpu(entry->crc);
	form->is_auto = false;
	if (index >= fvd_text_nr_pages(&d->layout) || form->slot > 1 ||
	    (!form->crc && !form->slot) ||
	    fvd_device_read(d->dev, fvd_text_page_offset(&d->layout, index,
							 form->slot),
			    d->other, FVD_PAGE_BYTES, NULL))
		return;
	form->is_auto = fvd_page_crc(d->seed, index, d->other) == form->crc;
}

static bool forms_alike(const struct checksum_form *a,
			const struct checksum_form *b)
{
	return a->slot == b->slot && a->is_auto == b->is_auto &&
		(a->is_auto || a->crc == b->crc);
}

static void print_form(struct dump *d, u64 first, u64 end,
		       const struct checksum_form *form)
{
	if (first == end || (!form->slot && !form->crc && !form->is_auto))
		return;
	fprintf(d->out, "\t%llu", (unsigned long long)first);
	if (end - first > 1)
		fprintf(d->out, "-%llu", (unsigned long long)end - 1);
	fprintf(d->out, " slot %u crc ", form->slot);
	if (form->is_auto)
		fputs("auto\n", d->out);
	else
		fprintf(d->out, "0x%08x\n", form->crc);
}

static void dump_checksum_page(struct dump *d, u64 first, u64 nr)
{
	struct checksum_form form = { 0 }, run = { 0 };
	u64 i, start = first;

	for (i = first; i < first + nr; i++) {
		get_form(d, i, &form);
		if (i > first && forms_alike(&form, &run))
			continue;
		print_form(d, start, i, &run);
		start = i;
		run = form;
	}
	print_form(d, start, i, &run);
}

static void dump_checksums(struct dump *d, unsigned int copy)
{
	const struct fvd_text_region *region = &d->layout.checksums;
	u64 nr = FVD_PAGE_BYTES / sizeof(struct fvd_checksum_disk);
	u64 at;

	fprintf(d->out, "checksum %u\n", copy);
	for (at = 0; at < region->size_bytes; at += FVD_PAGE_BYTES)
		if (read_page(d, region->offset_bytes +
			      copy * region->size_bytes + at))
			dump_checksum_page(d, (at >> FVD_PAGE_SHIFT) * nr, nr);
}

/* Room for anything that a block can say; bounds are not our business. */
static const struct fvd_geometry any_geometry = {
	.nr_blocks = U64_MAX,
	.nr_chunks = U64_MAX,
};

static bool put_again(struct fvd_journal_writer *writer,
		      const struct fvd_journal_record *record)
{
	u64 i;

	switch (record->type) {
	case FVD_RECORD_RESET:
		return fvd_journal_put_reset(writer, record->first, record->nr,
					     record->value);
	case FVD_RECORD_ENTRIES:
		for (i = 0; i < record->nr; i++)
			if (!fvd_journal_put_entry(writer, record->first + i,
						   fvd_journal_record_entry(record, i)))
				return false;
		return true;
	case FVD_RECORD_BLOCKS:
		return fvd_journal_put_blocks(writer, record->first,
					      record->nr);
	default:
		return false;
	}
}

/* Does the block mean what its decoded form will encode to? */
static bool is_decodable(struct dump *d)
{
	const struct fvd_journal_block_disk *head = (const void *)d->page;
	struct fvd_journal_block_disk *again = (void *)d->other;
	struct fvd_journal_writer writer;
	struct fvd_journal_record record;
	u32 offset = 0;
	int r;

	fvd_journal_begin(&writer, d->other);
	while ((r = fvd_journal_next_record(d->page, &offset, &any_geometry,
					    &record, NULL)) > 0)
		if (!put_again(&writer, &record))
			return false;
	if (r)
		return false;
	fvd_journal_finish(&writer, d->seed, le64_to_cpu(head->epoch),
			   le64_to_cpu(head->sequence));
	again->crc = head->crc;
	return !memcmp(d->page, d->other, FVD_PAGE_BYTES);
}

static void print_record(struct dump *d, const struct fvd_journal_record *record)
{
	unsigned long long first = record->first, nr = record->nr;
	u64 i, n;

	switch (record->type) {
	case FVD_RECORD_RESET:
		fprintf(d->out, "\treset %llu+%llu ", first, nr);
		print_value(d, record->value);
		fputc('\n', d->out);
		break;
	case FVD_RECORD_ENTRIES:
		for (i = 0; i < nr; i += n) {
			n = min_t(u64, nr - i, WORDS_A_LINE - 1);
			fprintf(d->out, "\tentries %llu", first + i);
			print_values(d, record->entries + i * sizeof(__le32),
				     n, 1);
		}
		break;
	case FVD_RECORD_BLOCKS:
		fprintf(d->out, "\tblocks %llu+%llu\n", first, nr);
		break;
	}
}

static void dump_journal_block(struct dump *d, u64 number)
{
	const struct fvd_journal_block_disk *head = (const void *)d->page;
	struct fvd_journal_record record;
	u32 offset = 0;

	fprintf(d->out, "journal block %llu", (unsigned long long)number);
	if (le32_to_cpu(head->magic) != FVD_JOURNAL_MAGIC || !is_decodable(d)) {
		print_raw(d);
		return;
	}
	fprintf(d->out, " epoch %llu sequence %llu crc ",
		(unsigned long long)le64_to_cpu(head->epoch),
		(unsigned long long)le64_to_cpu(head->sequence));
	if (fvd_journal_block_valid(d->page, d->seed, le64_to_cpu(head->epoch),
				    le64_to_cpu(head->sequence)))
		fputs("auto\n", d->out);
	else
		fprintf(d->out, "0x%08x\n", le32_to_cpu(head->crc));
	while (fvd_journal_next_record(d->page, &offset, &any_geometry, &record,
				       NULL) > 0)
		print_record(d, &record);
}

static void dump_journal(struct dump *d)
{
	const struct fvd_text_region *region = &d->layout.journal;
	u64 i;

	for (i = 0; i < region->size_bytes >> FVD_PAGE_SHIFT; i++)
		if (read_page(d, region->offset_bytes + (i << FVD_PAGE_SHIFT)))
			dump_journal_block(d, i);
}

static bool lies_in(const struct fvd_text_region *region, u64 nr_copies, u64 at)
{
	return at >= region->offset_bytes &&
		at - region->offset_bytes < nr_copies * region->size_bytes;
}

/* The profile, and what lies between the regions (should be zeros). */
static void dump_rest(struct dump *d)
{
	const struct fvd_text_layout *layout = &d->layout;
	u64 at;

	for (at = 0; at + FVD_PAGE_BYTES <= d->metadata_bytes;
	     at += FVD_PAGE_BYTES) {
		if (at == fvd_superblock_offset_bytes(0) ||
		    at == fvd_superblock_offset_bytes(1) ||
		    lies_in(&layout->bitmap, 2, at) ||
		    lies_in(&layout->table, 2, at) ||
		    lies_in(&layout->journal, 1, at) ||
		    lies_in(&layout->checksums, 2, at))
			continue;
		if (!read_page(d, at))
			continue;
		fprintf(d->out, "page %llu", (unsigned long long)at);
		print_raw(d);
	}
}

static void print_region(struct dump *d, const char *name,
			 const struct fvd_text_region *region)
{
	fprintf(d->out, " %s %llu %llu", name,
		(unsigned long long)region->offset_bytes,
		(unsigned long long)region->size_bytes);
}

static void dump_head(struct dump *d)
{
	const struct fvd_text_layout *layout = &d->layout;

	fprintf(d->out, "fvd-dump %u\nimage-bytes %llu\nmetadata-bytes %llu\n",
		FVD_TEXT_VERSION, (unsigned long long)d->dev->size_bytes,
		(unsigned long long)d->metadata_bytes);
	if (!layout->is_known) {
		fputs("layout none\n", d->out);
		return;
	}
	fputs("layout uuid ", d->out);
	fvd_hex_print(d->out, layout->uuid, FVD_UUID_BYTES);
	print_region(d, "bitmap", &layout->bitmap);
	print_region(d, "journal", &layout->journal);
	print_region(d, "table", &layout->table);
	print_region(d, "checksums", &layout->checksums);
	fputc('\n', d->out);
}

static void take_layout(struct dump *d, const struct fvd_superblock *sb)
{
	struct fvd_text_layout *layout = &d->layout;

	layout->is_known = true;
	memcpy(layout->uuid, sb->uuid, FVD_UUID_BYTES);
	layout->bitmap.offset_bytes = sb->bitmap_offset_bytes;
	layout->bitmap.size_bytes = sb->bitmap_size_bytes;
	layout->journal.offset_bytes = sb->journal_offset_bytes;
	layout->journal.size_bytes = sb->journal_size_bytes;
	layout->table.offset_bytes = sb->table_offset_bytes;
	layout->table.size_bytes = sb->table_size_bytes;
	layout->checksums.offset_bytes = sb->checksum_offset_bytes;
	layout->checksums.size_bytes = sb->checksum_size_bytes;
	d->seed = fvd_uuid_seed(sb->uuid);
	d->metadata_bytes = fvd_layout_metadata_end_bytes(sb);
}

static int find_layout(struct dump *d, struct fvd_error *error)
{
	struct fvd_image *image = malloc(sizeof(*image));

	if (!image)
		return fvd_error_set(error, -ENOMEM, "out of memory");
	d->metadata_bytes = FVD_REGIONS_START_BYTES;
	if (!fvd_image_open(image, d->dev, NULL))
		take_layout(d, &image->sb);
	fvd_image_close(image);
	free(image);
	if (d->metadata_bytes > FVD_TEXT_LIMIT_BYTES)
		return fvd_error_set(error, -EFBIG,
			"has %llu bytes of metadata, expected at most %llu",
			(unsigned long long)d->metadata_bytes,
			FVD_TEXT_LIMIT_BYTES);
	d->metadata_bytes = min(d->metadata_bytes,
				round_down(d->dev->size_bytes,
					   (u64)FVD_PAGE_BYTES));
	return 0;
}

static void dump_all(struct dump *d)
{
	unsigned int i;

	dump_head(d);
	for (i = 0; i < FVD_NR_SUPERBLOCKS; i++)
		dump_superblock(d, i);
	if (d->layout.is_known) {
		for (i = 0; i < 2; i++)
			dump_map(d, false, i);
		for (i = 0; i < 2; i++)
			dump_map(d, true, i);
		for (i = 0; i < 2; i++)
			dump_checksums(d, i);
		dump_journal(d);
	}
	dump_rest(d);
	fputs("end\n", d->out);
}

int fvd_text_dump(struct fvd_device *dev, FILE *out, struct fvd_error *error)
{
	struct dump *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return fvd_error_set(error, -ENOMEM, "out of memory");
	d->dev = dev;
	d->out = out;
	r = find_layout(d, error);
	if (!r) {
		dump_all(d);
		if (fflush(out) || ferror(out))
			r = fvd_error_set(error, -EIO,
					  "the text can not be written");
	}
	free(d);
	return r;
}
