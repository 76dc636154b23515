/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes fvd-stress writes, and what found bytes tell about their origin.
 *
 * Every 512-byte sector stands for itself: kind, seed (or tag), request
 * number, its own sector number and a checksum over these, then a payload that
 * follows from them. So one sector on its own tells who wrote it, for which
 * place, and whether it is whole. Base and stale content use the same form
 * with other kinds. All words are in the byte order of the machine.
 */
#ifndef STRESS_PATTERN_H
#define STRESS_PATTERN_H

#include "stress-types.h"

#define PATTERN_WORDS	(SECTOR_BYTES / 8)

/**
 * enum pattern_kind - what a sector holds
 * @PATTERN_ZERO: zeros only
 * @PATTERN_BASE: generated base content
 * @PATTERN_STALE: left-over content of a re-used device
 * @PATTERN_WRITE: written by a request of fvd-stress
 * @PATTERN_DAMAGED: a valid head with a payload that does not belong to it
 * @PATTERN_FOREIGN: none of these
 */
enum pattern_kind {
	PATTERN_ZERO,
	PATTERN_BASE,
	PATTERN_STALE,
	PATTERN_WRITE,
	PATTERN_DAMAGED,
	PATTERN_FOREIGN,
};

/**
 * struct pattern_origin - who wrote a sector, and where it belongs
 * @kind: what it is; for a damaged one see @head_kind
 * @head_kind: the kind its head names
 * @seed: the seed of the writer, or the tag of base and stale content
 * @request: number of the writing request, 0 for base and stale content
 * @sector: the address it was written for
 * @damage_bytes: offset of the first byte that is not what the head promises
 */
struct pattern_origin {
	enum pattern_kind kind;
	enum pattern_kind head_kind;
	u64 seed;
	u64 request;
	u64 sector;
	u32 damage_bytes;
};

/**
 * pattern_fill() - write one sector
 * @data: 512 bytes, aligned to 8
 * @origin: kind (not damaged, not foreign), seed, request and sector
 */
void pattern_fill(void *data, const struct pattern_origin *origin);

/**
 * pattern_matches() - does a sector hold exactly this?
 *
 * Return: true if all 512 bytes of @data are what pattern_fill() would write.
 */
bool pattern_matches(const void *data, const struct pattern_origin *origin);

/**
 * pattern_identify() - find out what a sector holds
 * @data: 512 bytes, aligned to 8
 * @origin: the answer
 */
void pattern_identify(const void *data, struct pattern_origin *origin);

/**
 * pattern_describe() - one line of text about @origin, for a place
 *
 * A request number is shown as round.index, see stress-workload.h.
 *
 * @text: where to
 * @size: room in bytes, at least 1; longer text is cut
 * @origin: what was found
 * @sector: where it was found
 * @seed: seed of this run
 */
void pattern_describe(char *text, size_t size,
		      const struct pattern_origin *origin, u64 sector,
		      u64 seed);

#endif /* STRESS_PATTERN_H */
