// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text to an image's metadata; the grammar is in fvd-text.h.
 *
 * A text is as hostile as an image: every number is checked against the region
 * it goes to, and the regions against what the text says the image has.
 *
 * It is read twice, the first time without a device: what can be refused is, before
 * anything is written.
 *
 * Crash rule: zeros first, then regions, then superblocks.
 */
#include <ctype.h>
#include <stdlib.h>

#include "fvd-fields.h"
#include "fvd-hex.h"
#include "fvd-image.h"
#include "fvd-text.h"

#define MAX_WORDS	16
/* Of one copy of the checksum region. */
#define MAX_CHECKSUM_BYTES \
	(FVD_IMAGE_MEMORY_LIMIT_BYTES / FVD_PAGE_BYTES * \
	 sizeof(struct fvd_checksum_disk))

/* @dev: NULL while the text is only checked */
struct restore {
	struct fvd_text_source *source;
	struct fvd_device *dev;
	struct fvd_text_layout layout;
	u64 metadata_bytes;
	u64 nr_checksums;
	u32 seed;
	struct fvd_checksum_disk *checksums[2];
	u8 *is_auto[2];
	struct fvd_superblock_disk superblock[FVD_NR_SUPERBLOCKS];
	bool is_crc_auto[FVD_NR_SUPERBLOCKS];
	bool is_checksum_crc_auto[FVD_NR_SUPERBLOCKS];
	u8 page[FVD_PAGE_BYTES] __aligned(8);
	char *words[MAX_WORDS];
	unsigned int nr_words;
};

/* Returns: 1 and source->line; 0 at the end of the file; or an error. */
static int peek_line(struct fvd_text_source *source, struct fvd_error *error)
{
	ssize_t nr;

	while (!source->has_line) {
		nr = getline(&source->line, &source->line_bytes, source->in);
		if (nr < 0 && ferror(source->in))
			return fvd_error_set(error, -EIO, "%s",
					     strerror(errno));
		if (nr < 0)
			return 0;
		source->line_number++;
		while (nr && isspace((unsigned char)source->line[nr - 1]))
			source->line[--nr] = '\0';
		source->has_line = nr && source->line[0] != '#';
	}
	return 1;
}

static int not_understood(const struct fvd_text_source *source,
			  const char *expected, struct fvd_error *error)
{
	return fvd_error_set(error, -EINVAL, "found \"%.40s\", expected %s",
			     source->has_line ? source->line :
			     "the end of the text", expected);
}

static bool parse_u64(const char *text, u64 *number)
{
	char *rest;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*number = strtoull(text, &rest, 0);
	return !errno && !*rest;
}

/* A line that says "NAME NUMBER". */
static int read_number(struct fvd_text_source *source, const char *name,
		       u64 *number, struct fvd_error *error)
{
	size_t length = strlen(name);
	int r = peek_line(source, error);

	if (r < 0)
		return r;
	if (!r || strncmp(source->line, name, length) ||
	    source->line[length] != ' ' ||
	    !parse_u64(source->line + length + 1, number))
		return not_understood(source, name, error);
	source->has_line = false;
	return 0;
}

int fvd_text_begin(struct fvd_text_source *source, FILE *in,
		   struct fvd_error *error)
{
	u64 version;
	int r;

	memset(source, 0, sizeof(*source));
	source->in = in;
	r = read_number(source, "fvd-dump", &version, error);
	if (r)
		return r;
	if (version != FVD_TEXT_VERSION)
		return fvd_error_set(error, -EPROTONOSUPPORT,
			"text version is %llu, expected %u",
			(unsigned long long)version, FVD_TEXT_VERSION);
	return read_number(source, "image-bytes", &source->image_bytes, error);
}

void fvd_text_end(struct fvd_text_source *source)
{
	free(source->line);
	source->line = NULL;
	source->has_line = false;
}

/* Take the line apart; it is consumed. */
static void split(struct restore *x)
{
	char *save, *word;

	x->nr_words = 0;
	word = strtok_r(x->source->line, " \t", &save);
	while (word && x->nr_words < MAX_WORDS) {
		x->words[x->nr_words++] = word;
		word = strtok_r(NULL, " \t", &save);
	}
	/* One word too many is no word that anybody expects. */
	if (word)
		x->nr_words = 0;
	x->source->has_line = false;
}

static bool word_is(const struct restore *x, unsigned int i, const char *text)
{
	return i < x->nr_words && !strcmp(x->words[i], text);
}

static bool word_number(const struct restore *x, unsigned int i, u64 max,
			u64 *number)
{
	return i < x->nr_words && parse_u64(x->words[i], number) &&
		*number <= max;
}

static int bad_line(const char *expected, struct fvd_error *error)
{
	return fvd_error_set(error, -EINVAL, "not understood, expected %s",
			     expected);
}

/* The next line of a body, or false. */
static int next_body_line(struct restore *x, struct fvd_error *error)
{
	int r = peek_line(x->source, error);

	if (r > 0 && x->source->line[0] != '\t')
		return 0;
	return r;
}

/* An image cut short may end within a region, or in front of it. */
static int read_region(struct restore *x, unsigned int word, const char *name,
		       u64 max_bytes, struct fvd_text_region *region,
		       struct fvd_error *error)
{
	if (!word_is(x, word, name) ||
	    !word_number(x, word + 1, FVD_TEXT_LIMIT_BYTES,
			 &region->offset_bytes) ||
	    !word_number(x, word + 2, max_bytes, &region->size_bytes) ||
	    region->offset_bytes % FVD_PAGE_BYTES ||
	    region->size_bytes % FVD_PAGE_BYTES)
		return bad_line("regions in pages, not too large", error);
	return 0;
}

static int read_layout(struct restore *x, struct fvd_error *error)
{
	struct fvd_text_layout *layout = &x->layout;
	size_t nr;
	int r;

	r = read_number(x->source, "metadata-bytes", &x->metadata_bytes, error);
	if (r)
		return r;
	if (x->metadata_bytes % FVD_PAGE_BYTES ||
	    x->metadata_bytes > x->source->image_bytes ||
	    x->metadata_bytes > FVD_TEXT_LIMIT_BYTES)
		return bad_line("a multiple of 4096 up to 16 GiB and image-bytes",
				error);
	r = peek_line(x->source, error);
	if (r <= 0)
		return r ?: not_understood(x->source, "layout", error);
	split(x);
	if (word_is(x, 0, "layout") && word_is(x, 1, "none"))
		return 0;
	if (!word_is(x, 0, "layout") || !word_is(x, 1, "uuid") ||
	    x->nr_words != 15 ||
	    !fvd_hex_parse(x->words[2], layout->uuid, FVD_UUID_BYTES, &nr))
		return bad_line("layout", error);
	layout->is_known = true;
	x->seed = fvd_uuid_seed(layout->uuid);
	r = read_region(x, 3, "bitmap", FVD_TEXT_LIMIT_BYTES,
			&layout->bitmap, error);
	if (!r)
		r = read_region(x, 6, "journal", FVD_TEXT_LIMIT_BYTES,
				&layout->journal, error);
	if (!r)
		r = read_region(x, 9, "table", FVD_TEXT_LIMIT_BYTES,
				&layout->table, error);
	if (!r)
		r = read_region(x, 12, "checksums", MAX_CHECKSUM_BYTES,
				&layout->checksums,
				error);
	return r;
}

static int alloc_checksums(struct restore *x, struct fvd_error *error)
{
	unsigned int i;

	x->nr_checksums = x->layout.checksums.size_bytes /
		sizeof(struct fvd_checksum_disk);
	for (i = 0; i < 2; i++) {
		x->checksums[i] = calloc(x->nr_checksums ?: 1,
					 sizeof(struct fvd_checksum_disk));
		x->is_auto[i] = calloc(x->nr_checksums ?: 1, 1);
		if (!x->checksums[i] || !x->is_auto[i])
			return fvd_error_set(error, -ENOMEM, "out of memory");
	}
	return 0;
}

static int write_bytes(struct restore *x, u64 offset, const void *bytes,
		       u64 nr_bytes, struct fvd_error *error)
{
	return x->dev ? fvd_device_write(x->dev, offset, bytes, nr_bytes,
					 error) : 0;
}

static int write_page(struct restore *x, u64 offset, struct fvd_error *error)
{
	if (offset > x->metadata_bytes ||
	    x->metadata_bytes - offset < FVD_PAGE_BYTES)
		return bad_line("a page within the metadata", error);
	return write_bytes(x, offset, x->page, FVD_PAGE_BYTES, error);
}

static int read_raw(struct restore *x, void *page, struct fvd_error *error)
{
	size_t nr;
	u64 at;
	int r;

	memset(page, 0, FVD_PAGE_BYTES);
	while ((r = next_body_line(x, error)) > 0) {
		split(x);
		if (x->nr_words != 2 ||
		    !word_number(x, 0, FVD_PAGE_BYTES, &at) ||
		    !fvd_hex_parse(x->words[1], (u8 *)page + at,
				   FVD_PAGE_BYTES - at, &nr))
			return bad_line("OFFSET HEX within a page", error);
	}
	return r;
}

static int read_field(struct restore *x, u64 which, struct fvd_error *error)
{
	const struct fvd_field *field;
	char *line = x->source->line + 1;
	char *value = strchr(line, ' ');

	if (!value)
		return bad_line("FIELD VALUE", error);
	*value++ = '\0';
	field = fvd_field_find(line);
	if (!field)
		return bad_line("the name of a superblock field", error);
	x->source->has_line = false;
	if (!strcmp(value, "auto")) {
		if (!strcmp(line, "crc"))
			x->is_crc_auto[which] = true;
		else if (!strcmp(line, "checksum_crc"))
			x->is_checksum_crc_auto[which] = true;
		else
			return bad_line("a value; only checksums can be auto",
					error);
		return 0;
	}
	if (!fvd_field_parse(field, value, &x->superblock[which]))
		return bad_line("a value that fits the field", error);
	return 0;
}

static int read_superblock(struct restore *x, struct fvd_error *error)
{
	u64 which;
	int r;

	if (!word_number(x, 1, FVD_NR_SUPERBLOCKS - 1, &which))
		return bad_line("superblock 0 or 1", error);
	if (word_is(x, 2, "raw"))
		return read_raw(x, &x->superblock[which], error);
	while ((r = next_body_line(x, error)) > 0) {
		r = read_field(x, which, error);
		if (r)
			return r;
	}
	return r;
}

/* "A+N", "A*N", "A" with A as it comes; *sign is '+', '*' or 0. */
static bool parse_run(char *word, char *sign, u64 *nr)
{
	char *at = strpbrk(word, "+*");

	*sign = 0;
	*nr = 1;
	if (!at)
		return true;
	*sign = *at;
	*at = '\0';
	return parse_u64(at + 1, nr) && *nr;
}

static bool parse_value(const char *word, u64 *value)
{
	if (!strcmp(word, "empty"))
		*value = FVD_ENTRY_EMPTY;
	else if (!strcmp(word, "zero"))
		*value = FVD_ENTRY_ZERO;
	else
		return parse_u64(word, value) && *value <= U32_MAX;
	return true;
}

static int read_ones(struct restore *x, u64 index, struct fvd_error *error)
{
	u64 base = index * FVD_PAGE_BYTES * 8;
	u64 first, nr;
	unsigned int i;
	char sign;
	int r;

	memset(x->page, 0, FVD_PAGE_BYTES);
	while ((r = next_body_line(x, error)) > 0) {
		split(x);
		for (i = 0; i < x->nr_words; i++) {
			if (!parse_run(x->words[i], &sign, &nr) ||
			    sign == '*' || !parse_u64(x->words[i], &first) ||
			    first < base || first - base >= FVD_PAGE_BYTES * 8 ||
			    nr > FVD_PAGE_BYTES * 8 - (first - base))
				return bad_line("FIRST+COUNT within the page",
						error);
			fvd_bitmap_fill((__le64 *)x->page, first - base,
					first - base + nr, true);
		}
	}
	return r;
}

/* Values of words @word.. to @values, at most @max in all, *nr so far. */
static int read_values(struct restore *x, unsigned int word, u32 *values,
		       u64 max, u64 *nr, struct fvd_error *error)
{
	u64 count, value, i;
	char sign;

	for (; word < x->nr_words; word++) {
		if (!parse_run(x->words[word], &sign, &count) ||
		    !parse_value(x->words[word], &value) ||
		    count > max - *nr ||
		    (sign == '+' && count - 1 > U32_MAX - value))
			return bad_line("VALUE, VALUE+N or VALUE*N, not more than fit",
					error);
		for (i = 0; i < count; i++)
			values[(*nr)++] = sign == '+' ? value + i : value;
	}
	return 0;
}

static int read_entries(struct restore *x, struct fvd_error *error)
{
	u32 values[FVD_TEXT_PAGE_ENTRIES];
	__le32 *to = (__le32 *)x->page;
	u64 i, nr = 0;
	int r;

	while ((r = next_body_line(x, error)) > 0) {
		split(x);
		r = read_values(x, 0, values, FVD_TEXT_PAGE_ENTRIES, &nr,
				error);
		if (r)
			return r;
	}
	if (r)
		return r;
	if (nr != FVD_TEXT_PAGE_ENTRIES)
		return bad_line("1024 entries in front of this", error);
	for (i = 0; i < nr; i++)
		to[i] = cpu_to_le32(values[i]);
	return 0;
}

/* "A" or "A-B", below @limit. */
static bool parse_span(char *word, u64 limit, u64 *first, u64 *last)
{
	char *dash = strchr(word, '-');

	if (dash)
		*dash = '\0';
	if (!parse_u64(word, first))
		return false;
	*last = *first;
	if (dash && !parse_u64(dash + 1, last))
		return false;
	return *first <= *last && *last < limit;
}

static int read_fill(struct restore *x, struct fvd_error *error)
{
	size_t nr;
	u8 value;

	if (x->nr_words != 6 || !fvd_hex_parse(x->words[5], &value, 1, &nr) ||
	    nr != 1)
		return bad_line("fill and two hex digits", error);
	memset(x->page, value, FVD_PAGE_BYTES);
	return 0;
}

static int read_map(struct restore *x, bool is_table, struct fvd_error *error)
{
	const struct fvd_text_region *region = is_table ? &x->layout.table :
							  &x->layout.bitmap;
	u64 nr_pages = region->size_bytes >> FVD_PAGE_SHIFT;
	u64 slot, first, last, at;
	int r;

	if (!word_number(x, 1, 1, &slot) || !word_is(x, 2, "page") ||
	    x->nr_words < 5 || !parse_span(x->words[3], nr_pages, &first, &last))
		return bad_line("SLOT page NUMBER within the region", error);
	if (word_is(x, 4, "fill"))
		r = read_fill(x, error);
	else if (first != last)
		r = bad_line("fill for several pages", error);
	else if (word_is(x, 4, "raw"))
		r = read_raw(x, x->page, error);
	else if (!is_table && word_is(x, 4, "ones"))
		r = read_ones(x, first, error);
	else if (is_table && word_is(x, 4, "entries"))
		r = read_entries(x, error);
	else
		r = bad_line("fill, raw, ones or entries", error);
	at = region->offset_bytes + slot * region->size_bytes;
	for (; !r && first <= last; first++)
		r = write_page(x, at + (first << FVD_PAGE_SHIFT), error);
	return r;
}

static int read_checksum_line(struct restore *x, u64 copy,
			      struct fvd_error *error)
{
	u64 first, last, slot, crc = 0;
	bool is_auto;

	split(x);
	is_auto = word_is(x, 4, "auto");
	if (x->nr_words != 5 ||
	    !parse_span(x->words[0], x->nr_checksums, &first, &last) ||
	    !word_is(x, 1, "slot") || !word_number(x, 2, U32_MAX, &slot) ||
	    !word_is(x, 3, "crc") ||
	    (!is_auto && !word_number(x, 4, U32_MAX, &crc)))
		return bad_line("A[-B] slot S crc VALUE", error);
	if (is_auto && (slot > 1 || last >= fvd_text_nr_pages(&x->layout)))
		return bad_line("crc auto for pages that are there only", error);
	for (; first <= last; first++) {
		x->checksums[copy][first].slot = cpu_to_le32(slot);
		x->checksums[copy][first].crc = cpu_to_le32(crc);
		x->is_auto[copy][first] = is_auto;
	}
	return 0;
}

static int read_checksums(struct restore *x, struct fvd_error *error)
{
	u64 copy;
	int r;

	if (!word_number(x, 1, 1, &copy))
		return bad_line("checksum 0 or 1", error);
	while ((r = next_body_line(x, error)) > 0) {
		r = read_checksum_line(x, copy, error);
		if (r)
			return r;
	}
	return r;
}

static int put_entries(struct restore *x, struct fvd_journal_writer *writer,
		       struct fvd_error *error)
{
	u32 values[FVD_TEXT_PAGE_ENTRIES];
	u64 first, i, nr = 0;
	int r;

	if (!word_number(x, 1, U64_MAX, &first))
		return bad_line("entries FIRST VALUE...", error);
	r = read_values(x, 2, values, FVD_TEXT_PAGE_ENTRIES, &nr, error);
	for (i = 0; !r && i < nr; i++)
		if (!fvd_journal_put_entry(writer, first + i, values[i]))
			r = bad_line("not more than a block holds", error);
	return r;
}

static int put_run(struct restore *x, struct fvd_journal_writer *writer,
		   struct fvd_error *error)
{
	u64 first, nr, value = 0;
	char sign;
	bool fits;

	if (x->nr_words < 2 || !parse_run(x->words[1], &sign, &nr) ||
	    sign == '*' || !parse_u64(x->words[1], &first))
		return bad_line("FIRST+COUNT", error);
	if (word_is(x, 0, "reset")) {
		if (x->nr_words != 3 || !parse_value(x->words[2], &value))
			return bad_line("reset FIRST+COUNT empty|zero", error);
		fits = fvd_journal_put_reset(writer, first, nr, value);
	} else {
		if (x->nr_words != 2 || nr > U32_MAX)
			return bad_line("blocks FIRST+COUNT", error);
		fits = fvd_journal_put_blocks(writer, first, nr);
	}
	return fits ? 0 : bad_line("not more than a block holds", error);
}

static int read_records(struct restore *x, struct fvd_journal_writer *writer,
			struct fvd_error *error)
{
	int r;

	while ((r = next_body_line(x, error)) > 0) {
		split(x);
		if (word_is(x, 0, "entries"))
			r = put_entries(x, writer, error);
		else if (word_is(x, 0, "reset") || word_is(x, 0, "blocks"))
			r = put_run(x, writer, error);
		else
			r = bad_line("reset, entries or blocks", error);
		if (r)
			return r;
	}
	return r;
}

static int read_journal(struct restore *x, struct fvd_error *error)
{
	const struct fvd_text_region *region = &x->layout.journal;
	struct fvd_journal_block_disk *head = (void *)x->page;
	struct fvd_journal_writer writer;
	u64 number, epoch, sequence, crc = 0;
	bool is_auto;
	int r;

	if (!word_is(x, 1, "block") || !word_number(x, 2, U64_MAX, &number) ||
	    number >= region->size_bytes >> FVD_PAGE_SHIFT)
		return bad_line("a block within the journal", error);
	if (word_is(x, 3, "raw")) {
		r = read_raw(x, x->page, error);
		goto write;
	}
	is_auto = word_is(x, 8, "auto");
	if (x->nr_words != 9 || !word_is(x, 3, "epoch") ||
	    !word_number(x, 4, U64_MAX, &epoch) || !word_is(x, 5, "sequence") ||
	    !word_number(x, 6, U64_MAX, &sequence) || !word_is(x, 7, "crc") ||
	    (!is_auto && !word_number(x, 8, U32_MAX, &crc)))
		return bad_line("epoch E sequence S crc VALUE", error);
	fvd_journal_begin(&writer, x->page);
	r = read_records(x, &writer, error);
	fvd_journal_finish(&writer, x->seed, epoch, sequence);
	if (!is_auto)
		head->crc = cpu_to_le32(crc);
write:
	return r ?: write_page(x, region->offset_bytes +
			       (number << FVD_PAGE_SHIFT), error);
}

static int read_page(struct restore *x, struct fvd_error *error)
{
	u64 offset;
	int r;

	if (!word_number(x, 1, x->metadata_bytes, &offset) ||
	    offset % FVD_PAGE_BYTES || !word_is(x, 2, "raw"))
		return bad_line("page OFFSET raw", error);
	r = read_raw(x, x->page, error);
	return r ?: write_page(x, offset, error);
}

static int read_section(struct restore *x, struct fvd_error *error)
{
	split(x);
	if (word_is(x, 0, "superblock"))
		return read_superblock(x, error);
	if (word_is(x, 0, "page"))
		return read_page(x, error);
	if (word_is(x, 0, "bitmap"))
		return read_map(x, false, error);
	if (word_is(x, 0, "table"))
		return read_map(x, true, error);
	if (word_is(x, 0, "checksum"))
		return read_checksums(x, error);
	if (word_is(x, 0, "journal"))
		return read_journal(x, error);
	return bad_line("superblock, page, bitmap, table, checksum, journal or end",
			error);
}

static int read_sections(struct restore *x, struct fvd_error *error)
{
	int r;

	for (;;) {
		r = peek_line(x->source, error);
		if (r < 0)
			return r;
		if (!r)
			return not_understood(x->source, "end", error);
		if (!strcmp(x->source->line, "end"))
			return 0;
		r = read_section(x, error);
		if (r)
			return r;
	}
}

/* Read what was written there, and make its checksum. */
static int fill_entry(struct restore *x, u64 index,
		      struct fvd_checksum_disk *entry, struct fvd_error *error)
{
	u64 offset = fvd_text_page_offset(&x->layout, index,
					  le32_to_cpu(entry->slot));
	int r;

	if (offset + FVD_PAGE_BYTES > x->source->image_bytes)
		return bad_line("crc auto for pages within the image only",
				error);
	if (!x->dev)
		return 0;
	r = fvd_device_read(x->dev, offset, x->page, FVD_PAGE_BYTES, error);
	entry->crc = cpu_to_le32(fvd_page_crc(x->seed, index, x->page));
	return r;
}

static int fill_auto(struct restore *x, unsigned int copy,
		     struct fvd_error *error)
{
	u64 i;
	int r = 0;

	for (i = 0; !r && i < x->nr_checksums; i++)
		if (x->is_auto[copy][i])
			r = fill_entry(x, i, &x->checksums[copy][i], error);
	return r;
}

static int write_checksums(struct restore *x, struct fvd_error *error)
{
	const struct fvd_text_region *region = &x->layout.checksums;
	unsigned int copy;
	u64 at;
	int r = 0;

	for (copy = 0; !r && copy < 2; copy++) {
		r = fill_auto(x, copy, error);
		for (at = 0; !r && at < region->size_bytes;
		     at += FVD_PAGE_BYTES) {
			memcpy(x->page, (u8 *)x->checksums[copy] + at,
			       FVD_PAGE_BYTES);
			/* Cut short: what is not there was not printed. */
			if (region->offset_bytes + copy * region->size_bytes +
			    at + FVD_PAGE_BYTES > x->metadata_bytes)
				break;
			r = write_page(x, region->offset_bytes +
				       copy * region->size_bytes + at, error);
		}
	}
	return r;
}

static int write_superblock(struct restore *x, unsigned int which,
			    struct fvd_error *error)
{
	struct fvd_superblock_disk *disk = &x->superblock[which];
	u32 copy = le32_to_cpu(disk->checksum_copy) & 1;
	u64 offset = fvd_superblock_offset_bytes(which);
	u32 crc;

	if (x->is_checksum_crc_auto[which]) {
		crc = fvd_checksum_region_crc(x->seed, x->checksums[copy],
					      x->layout.checksums.size_bytes);
		disk->checksum_crc = cpu_to_le32(crc);
	}
	if (x->is_crc_auto[which]) {
		crc = crc32c(~0U, disk, FVD_SUPERBLOCK_BYTES - sizeof(disk->crc));
		disk->crc = cpu_to_le32(crc);
	}
	if (offset + FVD_SUPERBLOCK_BYTES > x->dev->size_bytes)
		return 0;
	return fvd_device_write(x->dev, offset, disk, FVD_SUPERBLOCK_BYTES,
				error);
}

static int restore_pages(struct restore *x, struct fvd_error *error)
{
	int r;

	r = read_layout(x, error);
	if (!r)
		r = alloc_checksums(x, error);
	if (!r && x->dev)
		r = fvd_device_zero(x->dev, 0, x->metadata_bytes, error);
	if (!r)
		r = read_sections(x, error);
	if (!r)
		r = write_checksums(x, error);
	return r;
}

static int restore(struct restore *x, struct fvd_error *error)
{
	int r;

	r = restore_pages(x, error);
	if (!r)
		r = fvd_device_flush(x->dev, error);
	if (!r)
		r = write_superblock(x, 1, error);
	if (!r)
		r = write_superblock(x, 0, error);
	if (!r)
		r = fvd_device_flush(x->dev, error);
	return r;
}

static struct restore *new_restore(struct fvd_text_source *source,
				   struct fvd_device *dev,
				   struct fvd_error *error)
{
	struct restore *x = calloc(1, sizeof(*x));

	if (!x) {
		(void)fvd_error_set(error, -ENOMEM, "out of memory");
		return NULL;
	}
	x->source = source;
	x->dev = dev;
	return x;
}

static void free_restore(struct restore *x)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		free(x->checksums[i]);
		free(x->is_auto[i]);
	}
	free(x);
}

int fvd_text_check(struct fvd_text_source *source, struct fvd_error *error)
{
	u64 line_number = source->line_number;
	off_t start = ftello(source->in);
	struct restore *x;
	int r;

	if (start < 0)
		return fvd_error_set(error, -errno, "%s", strerror(errno));
	x = new_restore(source, NULL, error);
	if (!x)
		return -ENOMEM;
	r = restore_pages(x, error);
	free_restore(x);
	if (r)
		return r;
	if (fseeko(source->in, start, SEEK_SET))
		return fvd_error_set(error, -errno, "%s", strerror(errno));
	source->line_number = line_number;
	source->has_line = false;
	return 0;
}

int fvd_text_restore(struct fvd_text_source *source, struct fvd_device *dev,
		     struct fvd_error *error)
{
	struct restore *x;
	int r;

	if (dev->size_bytes < source->image_bytes)
		return fvd_error_set(error, -ENXIO,
			"the text is of an image of %llu bytes, found room for %llu",
			(unsigned long long)source->image_bytes,
			(unsigned long long)dev->size_bytes);
	x = new_restore(source, dev, error);
	if (!x)
		return -ENOMEM;
	r = restore(x, error);
	free_restore(x);
	return r;
}
