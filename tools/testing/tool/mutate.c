// SPDX-License-Identifier: GPL-2.0-only
/*
 * No image, however damaged, may crash or hang the tools: thousands of mutated
 * images in memory, loaded, replayed, looked up, written back, dumped and
 * restored. Build with SANITIZE=1.
 *
 * usage: mutate [SEED [COUNT]]
 *
 * The seed is printed first; the same seed makes the same images.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "fvd-image.h"
#include "fvd-text.h"

#define IMAGE_BYTES	(5U << 20)
#define DISK_BYTES	(4U << 20)

static u64 random_state;

static u64 next_random(u64 limit)
{
	/* xorshift64*, period 2^64 - 1 */
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * 2685821657736338717ULL >> 16) % limit;
}

static bool is_likely(unsigned int percent)
{
	return next_random(100) < percent;
}

static void __noreturn fail(const char *what)
{
	printf("not ok %s\n", what);
	exit(1);
}

/* Overwriting a good image: a few journal blocks with records of all kinds. */
static void put_records(struct fvd_journal_writer *writer, bool is_compact,
			u64 nr)
{
	u64 chunk = next_random(64), i;
	bool fits = true;

	for (i = 0; fits && i < nr; i++) {
		if (is_compact && is_likely(30))
			fits = fvd_journal_put_reset(writer, next_random(64),
						     1 + next_random(3),
						     is_likely(50) ?
						     FVD_ENTRY_ZERO :
						     FVD_ENTRY_EMPTY);
		else if (is_compact && is_likely(50))
			fits = fvd_journal_put_entry(writer, chunk++ % 64,
						     next_random(70));
		else
			fits = fvd_journal_put_blocks(writer,
						      next_random(1030),
						      next_random(9));
	}
}

static void write_journal(u8 *memory, const struct fvd_superblock *sb)
{
	u64 i, nr = next_random(8);
	struct fvd_journal_writer writer;

	for (i = 0; i < nr; i++) {
		fvd_journal_begin(&writer, memory + sb->journal_offset_bytes +
				  (i << FVD_PAGE_SHIFT));
		put_records(&writer, fvd_superblock_is_compact(sb),
			    next_random(40));
		fvd_journal_finish(&writer, fvd_uuid_seed(sb->uuid),
				   sb->journal_epoch,
				   sb->journal_tail_sequence + i);
	}
}

/* Both superblocks anew, with right checksums. */
static void write_superblocks(u8 *memory, struct fvd_superblock *sb)
{
	struct fvd_superblock_disk disk;
	unsigned int i;

	for (i = 0; i < FVD_NR_SUPERBLOCKS; i++) {
		fvd_superblock_encode(sb, &disk);
		memcpy(memory + fvd_superblock_offset_bytes(i), &disk,
		       sizeof(disk));
	}
}

static void make_image(u8 *memory, struct fvd_superblock *sb)
{
	struct fvd_layout_request request = {
		.virtual_size_bytes = DISK_BYTES - 512 * next_random(8),
		.journal_size_bytes = FVD_JOURNAL_MIN_BYTES,
		.profile_size_bytes = FVD_PAGE_BYTES,
		.compact = is_likely(60),
	};
	struct fvd_device dev;

	request.base_size_bytes = request.virtual_size_bytes -
		512 * next_random(5000);
	if (request.compact)
		request.chunk_size_bytes = 65536;
	memset(memory, 0, IMAGE_BYTES);
	memset(sb, 0, sizeof(*sb));
	if (fvd_layout_compute(sb, &request, NULL))
		fail("layout of a sample");
	if (request.compact)
		sb->image_size_bytes = IMAGE_BYTES;
	sb->journal_epoch = 7;
	memset(sb->uuid, 0x5a, sizeof(sb->uuid));
	fvd_device_memory(&dev, memory, IMAGE_BYTES);
	if (fvd_image_create(&dev, sb, NULL))
		fail("creation of a sample");
	if (is_likely(70)) {
		sb->clean = false;
		write_journal(memory, sb);
		write_superblocks(memory, sb);
	}
}

/* Something in the first part of the image, where the metadata is. */
static u64 random_place(const struct fvd_superblock *sb)
{
	if (is_likely(40))
		return next_random(FVD_SUPERBLOCK_BYTES);
	return next_random(fvd_layout_metadata_end_bytes(sb));
}

static void fix_superblock_crcs(u8 *memory)
{
	struct fvd_superblock_disk disk;
	unsigned int i;

	for (i = 0; i < FVD_NR_SUPERBLOCKS; i++) {
		u8 *at = memory + fvd_superblock_offset_bytes(i);

		memcpy(&disk, at, sizeof(disk));
		disk.crc = cpu_to_le32(crc32c(~0U, &disk, sizeof(disk) -
					      sizeof(disk.crc)));
		memcpy(at, &disk, sizeof(disk));
	}
}

/* A journal block with rubbish inside and the right checksum. */
static void mutate_journal(u8 *memory, const struct fvd_superblock *sb)
{
	struct fvd_journal_block_disk head;
	u8 *block = memory + sb->journal_offset_bytes;
	u64 i, nr = 1 + next_random(6);

	for (i = 0; i < nr; i++)
		block[16 + next_random(is_likely(70) ? 100 : 4080)] =
			next_random(256);
	memcpy(&head, block, sizeof(head));
	head.crc = cpu_to_le32(crc32c(fvd_uuid_seed(sb->uuid), block + 8,
				      FVD_PAGE_BYTES - 8));
	memcpy(block, &head, sizeof(head));
}

static void mutate(u8 *memory, const struct fvd_superblock *sb,
		   u64 *device_bytes)
{
	u64 i, nr = 1 + next_random(10);

	switch (next_random(8)) {
	case 0:
		for (i = 0; i < nr; i++)
			memory[random_place(sb)] ^= 1U << next_random(8);
		break;
	case 1:
		for (i = 0; i < nr; i++)
			memory[random_place(sb)] = next_random(256);
		fix_superblock_crcs(memory);
		break;
	case 2:
		/* the numbers in front of the extension and in it */
		for (i = 0; i < nr; i++)
			memory[is_likely(50) ? 3192 + next_random(400) :
			       2088 + next_random(80)] = next_random(256);
		fix_superblock_crcs(memory);
		memset(memory + FVD_SUPERBLOCK_STRIDE_BYTES, 0, 4096);
		break;
	case 3:
		*device_bytes = next_random(IMAGE_BYTES);
		break;
	case 4:
		memset(memory + random_place(sb), next_random(256),
		       next_random(FVD_DATA_ALIGN_BYTES));
		break;
	case 5:
		for (i = 0; i < IMAGE_BYTES; i++)
			memory[i] = next_random(256);
		break;
	default:
		mutate_journal(memory, sb);
		break;
	}
}

static void look_everywhere(const struct fvd_image *image)
{
	u64 sector = 0, nr_left;
	struct fvd_run run;

	while (sector < image->map.geo.disk_sectors) {
		nr_left = image->map.geo.disk_sectors - sector;
		fvd_map_lookup(&image->map, sector, nr_left, &run);
		if (!run.nr_sectors || run.nr_sectors > nr_left)
			fail("length of a run");
		if (run.where == FVD_IN_IMAGE &&
		    (run.image_sector + run.nr_sectors) * 512 >
		    image->dev->size_bytes)
			fail("a run within the device");
		sector += run.nr_sectors;
	}
}

static void try_write_back(struct fvd_image *image)
{
	struct fvd_device *dev = image->dev;
	struct fvd_image again;
	u64 nr_bytes = image->sb.bitmap_size_bytes;

	if (fvd_image_write_back(image, NULL))
		fail("write back");
	if (fvd_image_open(&again, dev, NULL) || fvd_image_load(&again, NULL))
		fail("load after write back");
	if (!again.sb.clean ||
	    memcmp(again.map.bitmap, image->map.bitmap, nr_bytes) ||
	    (image->map.table && memcmp(again.map.table, image->map.table,
					image->sb.table_size_bytes)))
		fail("write back keeps the state");
	fvd_image_close(&again);
}

static bool try_load(u8 *memory, u64 device_bytes)
{
	struct fvd_error error = { "" };
	struct fvd_image image;
	struct fvd_device dev;
	u64 index = 0;
	int r;

	fvd_device_memory(&dev, memory, device_bytes);
	r = fvd_image_open(&image, &dev, &error);
	if (!r)
		r = fvd_image_load(&image, &error);
	if (!r) {
		look_everywhere(&image);
		try_write_back(&image);
	} else if (!error.text[0]) {
		fail("a message for each error");
	} else if (image.map.bitmap) {
		/* What "fvd check" does behind the first error. */
		while (fvd_image_load_pages(&image, &index, &error))
			index++;
		r = fvd_image_scan_journal(&image, true, &error);
		r = r ?: fvd_image_check_map(&image, &error);
	}
	fvd_image_close(&image);
	return !r;
}

static void try_restore(char *text, size_t nr_text, u8 *copy, u64 nr_bytes,
			const u8 *original, u64 device_bytes)
{
	struct fvd_text_source source;
	struct fvd_error error = { "" };
	struct fvd_device dev;
	FILE *in = fmemopen(text, nr_text, "r");
	u64 described;
	int r;

	if (!in)
		fail("memory stream");
	fvd_device_memory(&dev, copy, nr_bytes);
	r = fvd_text_begin(&source, in, &error);
	if (!r)
		r = fvd_text_check(&source, &error);
	if (!r)
		r = fvd_text_restore(&source, &dev, &error);
	fvd_text_end(&source);
	fclose(in);
	if (!original)
		return;
	if (r) {
		puts(error.text);
		fail("restore of a dump");
	}
	described = strtoull(strstr(text, "metadata-bytes") + 15, NULL, 10);
	if (described > device_bytes || memcmp(original, copy, described))
		fail("the same bytes after dump and restore");
}

static void try_text(u8 *memory, u64 device_bytes, u8 *copy)
{
	struct fvd_device dev;
	char *text = NULL;
	size_t nr_text = 0;
	FILE *out = open_memstream(&text, &nr_text);
	u64 i, nr;

	fvd_device_memory(&dev, memory, device_bytes);
	if (!out || fvd_text_dump(&dev, out, NULL))
		fail("dump");
	fclose(out);
	memset(copy, 0xdb, IMAGE_BYTES);
	try_restore(text, nr_text, copy, IMAGE_BYTES, memory, device_bytes);
	nr = 1 + next_random(5);
	for (i = 0; i < nr; i++)
		text[next_random(is_likely(50) ? nr_text :
				 min_t(u64, nr_text, 400))] =
			is_likely(50) ? '0' + next_random(10) :
					next_random(256);
	try_restore(text, nr_text, copy, IMAGE_BYTES, NULL, 0);
	free(text);
}

int main(int argc, char **argv)
{
	u64 seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (u64)time(NULL);
	u64 i, count = argc > 2 ? strtoull(argv[2], NULL, 0) : 2000;
	u8 *memory = malloc(IMAGE_BYTES), *copy = malloc(IMAGE_BYTES);
	struct fvd_superblock sb;
	u64 nr_loaded = 0, device_bytes;

	if (!memory || !copy)
		return 1;
	printf("# seed %llu, %llu images\n", (unsigned long long)seed,
	       (unsigned long long)count);
	for (i = 0; i < count; i++) {
		random_state = (seed * 1000003 + i) * 2 + 1;
		/* So that the image is known even if this one hangs. */
		alarm(60);
		device_bytes = IMAGE_BYTES;
		make_image(memory, &sb);
		mutate(memory, &sb, &device_bytes);
		try_text(memory, device_bytes, copy);
		nr_loaded += try_load(memory, device_bytes);
	}
	printf("# %llu of them could be loaded\n",
	       (unsigned long long)nr_loaded);
	free(memory);
	free(copy);
	return 0;
}
