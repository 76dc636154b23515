/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The superblock as a list of named fields, for text that can be edited.
 *
 * Every one of its 4096 bytes belongs to exactly one field; so any content,
 * sensible or not, can be told field by field.
 */
#ifndef FVD_FIELDS_H
#define FVD_FIELDS_H

#include "fvd-format.h"

enum fvd_field_kind {
	FVD_FIELD_NUMBER,	/* little-endian, 4 or 8 bytes, decimal */
	FVD_FIELD_SIGNED,	/* the same with a sign */
	FVD_FIELD_HEX,		/* the same in hexadecimal */
	FVD_FIELD_TEXT,		/* quoted; trailing NULs are left out */
	FVD_FIELD_BYTES,	/* hex digits; trailing zeros are left out */
};

/**
 * struct fvd_field - one field of struct fvd_superblock_disk.
 * @name: as in the struct
 */
struct fvd_field {
	const char *name;
	u32 offset;
	enum fvd_field_kind kind;
};

/** fvd_field_bytes() - a field reaches up to the next one. */
static inline u32 fvd_field_bytes(const struct fvd_field *field)
{
	return field[1].offset - field->offset;
}

/* In the order of their offsets; ends with a NULL name at the very end. */
extern const struct fvd_field fvd_fields[];

/** fvd_field_print() - the value of a field of a raw superblock. */
void fvd_field_print(FILE *out, const struct fvd_field *field, const void *raw);

/** fvd_field_is_zero() - nothing but zero bytes? */
bool fvd_field_is_zero(const struct fvd_field *field, const void *raw);

/** fvd_field_find() - by name, or NULL. */
const struct fvd_field *fvd_field_find(const char *name);

/** fvd_field_parse() - the inverse of fvd_field_print(); false if wrong. */
bool fvd_field_parse(const struct fvd_field *field, const char *text,
		     void *raw);

#endif /* FVD_FIELDS_H */
