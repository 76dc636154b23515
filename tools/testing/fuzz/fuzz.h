/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzz targets share. Each is one LLVMFuzzerTestOneInput(); what must
 * hold whatever the bytes are is an assert, the rest is for the sanitizers.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <assert.h>
#include <stdlib.h>

#include "../../../dm-fvd/fvd-format.h"
#include "../../../dm-fvd/fvd-journal.h"
#include "../../../dm-fvd/fvd-layout.h"
#include "../../../dm-fvd/fvd-map.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* The disks that maps and journals are tried on; a byte of input picks one. */
#define FUZZ_NR_DISKS 5

/**
 * struct fuzz_image - an open image.
 * @sb: its superblock
 * @map: its map; memory of exactly the right size, so that a step beyond shows
 * @capacity: chunks that its device has
 * @used: for fvd_map_check()
 * @dirty: for fvd_journal_replay_block()
 */
struct fuzz_image {
	struct fvd_superblock sb;
	struct fvd_map map;
	u64 capacity;
	__le64 *used;
	__le64 *dirty;
};

/** fuzz_image_open() - the empty image number @disk. */
void fuzz_image_open(struct fuzz_image *image, unsigned int disk);

/** fuzz_image_close() - free its memory. */
void fuzz_image_close(struct fuzz_image *image);

#endif /* FUZZ_H */
