// SPDX-License-Identifier: GPL-2.0-only
/*
 * Superblock fields as text.
 *
 * Invariant: I-FLD-1  The fields cover the superblock without gap or overlap.
 */
#include <ctype.h>
#include <stdlib.h>

#include "fvd-fields.h"
#include "fvd-hex.h"

#define FIELD(member, how) \
	{ #member, offsetof(struct fvd_superblock_disk, member), \
	  FVD_FIELD_##how }

const struct fvd_field fvd_fields[] = {
	FIELD(magic, HEX),
	FIELD(version, NUMBER),
	FIELD(virtual_disk_size, NUMBER),
	FIELD(data_offset, NUMBER),
	FIELD(data_file, TEXT),
	FIELD(data_file_fmt, TEXT),
	FIELD(base_img, TEXT),
	FIELD(base_img_fmt, TEXT),
	FIELD(base_img_size, NUMBER),
	FIELD(bitmap_offset, NUMBER),
	FIELD(bitmap_size, NUMBER),
	FIELD(block_size, NUMBER),
	FIELD(table_offset, NUMBER),
	FIELD(table_size, NUMBER),
	FIELD(chunk_size, NUMBER),
	FIELD(storage_grow_unit, NUMBER),
	FIELD(add_storage_cmd, TEXT),
	FIELD(journal_offset, NUMBER),
	FIELD(journal_size, NUMBER),
	FIELD(stable_journal_epoch, NUMBER),
	FIELD(clean_shutdown, NUMBER),
	FIELD(copy_on_read, NUMBER),
	FIELD(max_outstanding_copy_on_read_data, NUMBER),
	FIELD(prefetch_start_delay, SIGNED),
	FIELD(base_img_fully_prefetched, NUMBER),
	FIELD(num_prefetch_slots, NUMBER),
	FIELD(bytes_per_prefetch, NUMBER),
	FIELD(prefetch_min_read_throughput, NUMBER),
	FIELD(prefetch_max_read_throughput, NUMBER),
	FIELD(prefetch_min_write_throughput, NUMBER),
	FIELD(prefetch_max_write_throughput, NUMBER),
	FIELD(prefetch_throttle_time, NUMBER),
	FIELD(prefetch_read_throughput_measure_time, NUMBER),
	FIELD(prefetch_write_throughput_measure_time, NUMBER),
	FIELD(need_zero_init, NUMBER),
	FIELD(state_flags, HEX),
	FIELD(feature_compat, HEX),
	FIELD(feature_ro_compat, HEX),
	FIELD(feature_incompat, HEX),
	FIELD(uuid, BYTES),
	FIELD(label, TEXT),
	FIELD(generation, NUMBER),
	FIELD(max_virtual_size, NUMBER),
	FIELD(image_size, NUMBER),
	FIELD(journal_tail_block, NUMBER),
	FIELD(journal_tail_sequence, NUMBER),
	FIELD(checksum_offset, NUMBER),
	FIELD(checksum_size, NUMBER),
	FIELD(checksum_copy, NUMBER),
	FIELD(checksum_crc, HEX),
	FIELD(profile_offset, NUMBER),
	FIELD(profile_size, NUMBER),
	FIELD(base_stamp_kind, NUMBER),
	FIELD(reserved_zero, NUMBER),
	FIELD(base_stamp, BYTES),
	FIELD(reserved, BYTES),
	FIELD(crc, HEX),
	{ NULL, FVD_SUPERBLOCK_BYTES },
};

const struct fvd_field *fvd_field_find(const char *name)
{
	const struct fvd_field *field;

	for (field = fvd_fields; field->name; field++)
		if (!strcmp(field->name, name))
			return field;
	return NULL;
}

static size_t used_bytes(const struct fvd_field *field, const u8 *value)
{
	size_t nr = fvd_field_bytes(field);

	while (nr && !value[nr - 1])
		nr--;
	return nr;
}

bool fvd_field_is_zero(const struct fvd_field *field, const void *raw)
{
	return !used_bytes(field, (const u8 *)raw + field->offset);
}

static u64 get_number(const struct fvd_field *field, const void *value)
{
	__le32 le32;
	__le64 le64;

	if (fvd_field_bytes(field) == sizeof(le32)) {
		memcpy(&le32, value, sizeof(le32));
		return le32_to_cpu(le32);
	}
	memcpy(&le64, value, sizeof(le64));
	return le64_to_cpu(le64);
}

static long long get_signed(const struct fvd_field *field, const void *value)
{
	u64 number = get_number(field, value);

	return fvd_field_bytes(field) == sizeof(s32) ? (s32)number : (s64)number;
}

static void put_number(const struct fvd_field *field, void *value, u64 number)
{
	__le32 le32 = cpu_to_le32((u32)number);
	__le64 le64 = cpu_to_le64(number);

	if (fvd_field_bytes(field) == sizeof(le32))
		memcpy(value, &le32, sizeof(le32));
	else
		memcpy(value, &le64, sizeof(le64));
}

static void print_text(FILE *out, const u8 *value, size_t nr)
{
	size_t i;

	fputc('"', out);
	for (i = 0; i < nr; i++) {
		if (value[i] >= 32 && value[i] < 127 && value[i] != '"' &&
		    value[i] != '\\')
			fputc(value[i], out);
		else
			fprintf(out, "\\x%02x", value[i]);
	}
	fputc('"', out);
}

void fvd_field_print(FILE *out, const struct fvd_field *field, const void *raw)
{
	const u8 *value = (const u8 *)raw + field->offset;

	switch (field->kind) {
	case FVD_FIELD_NUMBER:
		fprintf(out, "%llu",
			(unsigned long long)get_number(field, value));
		break;
	case FVD_FIELD_SIGNED:
		fprintf(out, "%lld", get_signed(field, value));
		break;
	case FVD_FIELD_HEX:
		fprintf(out, "0x%0*llx", (int)fvd_field_bytes(field) * 2,
			(unsigned long long)get_number(field, value));
		break;
	case FVD_FIELD_TEXT:
		print_text(out, value, used_bytes(field, value));
		break;
	case FVD_FIELD_BYTES:
		fvd_hex_print(out, value, used_bytes(field, value));
		break;
	}
}

static bool parse_number(const struct fvd_field *field, const char *text,
			 u8 *value)
{
	unsigned long long number;
	char *rest;

	if (!isdigit((unsigned char)*text) && *text != '-')
		return false;
	errno = 0;
	number = *text == '-' ? (unsigned long long)strtoll(text, &rest, 10) :
				strtoull(text, &rest, 0);
	if (errno || *rest)
		return false;
	if (fvd_field_bytes(field) == 4 && number > U32_MAX)
		return false;
	put_number(field, value, number);
	return true;
}

static bool parse_text(const struct fvd_field *field, const char *text,
		       u8 *value)
{
	size_t nr = 0;

	memset(value, 0, fvd_field_bytes(field));
	if (*text++ != '"')
		return false;
	while (*text && *text != '"') {
		if (nr == fvd_field_bytes(field))
			return false;
		if (*text != '\\') {
			value[nr++] = *text++;
			continue;
		}
		if (text[1] != 'x' || !fvd_hex_byte(text + 2, &value[nr++]))
			return false;
		text += 4;
	}
	return !strcmp(text, "\"");
}

bool fvd_field_parse(const struct fvd_field *field, const char *text, void *raw)
{
	u8 *value = (u8 *)raw + field->offset;
	size_t nr;

	switch (field->kind) {
	case FVD_FIELD_TEXT:
		return parse_text(field, text, value);
	case FVD_FIELD_BYTES:
		memset(value, 0, fvd_field_bytes(field));
		return fvd_hex_parse(text, value, fvd_field_bytes(field), &nr);
	default:
		return parse_number(field, text, value);
	}
}
