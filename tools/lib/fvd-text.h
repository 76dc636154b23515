/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All metadata of an image as text, and back to the same bytes.
 *
 * For people who want to see everything, and for tests that want to write any
 * image, damaged ones included: edit the text and restore it. Line oriented:
 *
 *	fvd-dump 1
 *	image-bytes N
 *	metadata-bytes N		what is described, from byte 0 on
 *	layout none | layout uuid HEX bitmap AT SIZE journal AT SIZE
 *		table AT SIZE checksums AT SIZE
 *	superblock I [raw]		body: FIELD VALUE
 *	page AT raw			a page outside of the regions
 *	bitmap SLOT page A[-B] fill HH
 *	bitmap SLOT page A ones|raw	body of ones: FIRST+COUNT ...
 *	table SLOT page A[-B] fill HH
 *	table SLOT page A entries	body: VALUE[+N|*N] ..., VALUE: number,
 *					empty or zero; +N counts up, *N repeats
 *	checksum COPY			body: A[-B] slot S crc auto|0xHHHHHHHH
 *	journal block N raw
 *	journal block N epoch E sequence S crc auto|0xHHHHHHHH
 *					body: reset FIRST+N empty|zero
 *					entries FIRST VALUE[+N|*N] ...
 *					blocks FIRST+N
 *	end
 *
 * Lines of a body start with a tab. The body of "raw" is OFFSET HEX. What is
 * not mentioned is zero. "auto" is the right checksum, whatever the content
 * is; so an edited text makes an image whose checksums are right unless they
 * are told otherwise. Where the regions lie is in the layout line only: an
 * edited superblock does not move them.
 */
#ifndef FVD_TEXT_H
#define FVD_TEXT_H

#include "fvd-device.h"
#include "fvd-layout.h"

#define FVD_TEXT_VERSION	1U

/*
 * More metadata than this is not written as text, and not taken from one. An
 * image has at most 2 * FVD_IMAGE_MEMORY_LIMIT_BYTES and a journal.
 */
#define FVD_TEXT_LIMIT_BYTES	(16ULL << 30)

/* Entries of a table page, bytes of a line of hex digits. */
#define FVD_TEXT_PAGE_ENTRIES	(FVD_PAGE_BYTES / sizeof(__le32))
#define FVD_TEXT_HEX_BYTES	32U

struct fvd_text_region {
	u64 offset_bytes;
	u64 size_bytes;
};

/**
 * struct fvd_text_layout - where the regions are; sizes of one copy.
 * @is_known: false if no superblock was good, then nothing else counts
 */
struct fvd_text_layout {
	bool is_known;
	u8 uuid[FVD_UUID_BYTES];
	struct fvd_text_region bitmap;
	struct fvd_text_region journal;
	struct fvd_text_region table;
	struct fvd_text_region checksums;
};

/** fvd_text_page_offset() - as fvd_layout_page_offset_bytes(). */
u64 fvd_text_page_offset(const struct fvd_text_layout *layout, u64 index,
			 unsigned int slot);

/** fvd_text_nr_pages() - metadata pages. */
u64 fvd_text_nr_pages(const struct fvd_text_layout *layout);

/**
 * fvd_text_dump() - write all metadata of the image on @dev as text.
 *
 * Any content is fine; pages that can not be read are left out, with a
 * comment. Returns: 0, -EFBIG, -ENOMEM, or -EIO if @out fails.
 */
int __must_check fvd_text_dump(struct fvd_device *dev, FILE *out,
			       struct fvd_error *error);

/**
 * struct fvd_text_source - a text being read.
 * @line: the current one, without its end; getline()'s
 * @line_bytes: getline()'s
 * @line_number: from 1
 * @has_line: @line is not consumed yet
 * @image_bytes: that the image had
 */
struct fvd_text_source {
	FILE *in;
	char *line;
	size_t line_bytes;
	u64 line_number;
	bool has_line;
	u64 image_bytes;
};

/**
 * fvd_text_begin() - read the head of a text.
 * @source: needs fvd_text_end() even after an error
 *
 * Returns: 0, -EPROTONOSUPPORT for another version, -EINVAL. On errors,
 * source->line_number tells where.
 */
int __must_check fvd_text_begin(struct fvd_text_source *source, FILE *in,
				struct fvd_error *error);

/**
 * fvd_text_check() - is all of the text understood, up to its end?
 *
 * The stream must be seekable; it stands where it stood afterwards, unless there
 * is an error. Returns: as fvd_text_restore(), which fails for no other reason
 * than the device afterwards.
 */
int __must_check fvd_text_check(struct fvd_text_source *source,
				struct fvd_error *error);

/**
 * fvd_text_restore() - write the metadata to @dev.
 *
 * @dev has at least source->image_bytes, and loses its metadata at once: call
 * fvd_text_check() before. The superblocks are written last.
 * Returns: 0, -EINVAL, -ENOMEM, -EIO.
 */
int __must_check fvd_text_restore(struct fvd_text_source *source,
				  struct fvd_device *dev,
				  struct fvd_error *error);

/** fvd_text_end() - free everything but the stream. */
void fvd_text_end(struct fvd_text_source *source);

#endif /* FVD_TEXT_H */
