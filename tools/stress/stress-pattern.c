// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sectors that carry their own address.
 *
 * Words 0 to 4 are the head: kind, seed, request, sector, checksum. The rest is
 * payload: additions and exclusive-ors of a key derived from the head, which
 * the compiler turns into vector code; checking a sector is cheaper than
 * copying it through a system call.
 *
 * I-PAT-1: pattern_matches() is true for exactly the bytes of pattern_fill().
 * I-PAT-2: two origins that differ in any field differ in the head, so that a
 * mixture of two sectors is seen as damaged wherever it is cut.
 *
 * Left out on purpose: incompressible payload. A device that compresses or
 * deduplicates is not made wrong by easy data.
 */
#include <stdio.h>
#include <string.h>

#include "stress-pattern.h"
#include "stress-random.h"

#define HEAD_WORDS	5
#define HEAD_CHECKSUM	4

/* "FVDbase1" and so on, as little-endian text in a hex dump. */
#define MAGIC_BASE	0x3165736162445646ULL
#define MAGIC_STALE	0x3165647473445646ULL
#define MAGIC_WRITE	0x3165746972445646ULL

static u64 kind_magic(enum pattern_kind kind)
{
	if (kind == PATTERN_BASE)
		return MAGIC_BASE;
	return kind == PATTERN_STALE ? MAGIC_STALE : MAGIC_WRITE;
}

static u64 head_checksum(const u64 *head)
{
	u64 sum = RANDOM_WEYL;
	u32 i;

	for (i = 0; i < HEAD_CHECKSUM; i++)
		sum = random_mix(sum ^ head[i]) + RANDOM_WEYL;
	return sum;
}

static void make_head(u64 *head, const struct pattern_origin *origin)
{
	head[0] = kind_magic(origin->kind);
	head[1] = origin->seed;
	head[2] = origin->request;
	head[3] = origin->sector;
	head[HEAD_CHECKSUM] = head_checksum(head);
}

static inline u64 payload_word(u64 key, u32 i)
{
	return (key + i * RANDOM_WEYL) ^ key >> 7;
}

void pattern_fill(void *data, const struct pattern_origin *origin)
{
	u64 *word = data;
	u64 key;
	u32 i;

	if (origin->kind == PATTERN_ZERO) {
		memset(data, 0, SECTOR_BYTES);
		return;
	}
	make_head(word, origin);
	key = word[HEAD_CHECKSUM];
	for (i = HEAD_WORDS; i < PATTERN_WORDS; i++)
		word[i] = payload_word(key, i);
}

static bool is_zero(const u64 *word)
{
	u64 any = 0;
	u32 i;

	for (i = 0; i < PATTERN_WORDS; i++)
		any |= word[i];
	return !any;
}

/* One pass without an early exit: a wrong sector is rare, a right one is not. */
static bool payload_matches(const u64 *word, u64 key)
{
	u64 differs = 0;
	u32 i;

	for (i = HEAD_WORDS; i < PATTERN_WORDS; i++)
		differs |= word[i] ^ payload_word(key, i);
	return !differs;
}

bool pattern_matches(const void *data, const struct pattern_origin *origin)
{
	const u64 *word = data;
	u64 head[HEAD_WORDS];

	if (origin->kind == PATTERN_ZERO)
		return is_zero(word);
	/* Most candidates that do not match differ here. */
	if (word[2] != origin->request || word[3] != origin->sector)
		return false;
	make_head(head, origin);
	return !memcmp(head, word, sizeof(head)) &&
	       payload_matches(word, head[HEAD_CHECKSUM]);
}

static enum pattern_kind magic_kind(u64 magic)
{
	if (magic == MAGIC_BASE)
		return PATTERN_BASE;
	if (magic == MAGIC_STALE)
		return PATTERN_STALE;
	return magic == MAGIC_WRITE ? PATTERN_WRITE : PATTERN_FOREIGN;
}

static u32 first_damage(const u64 *word, u64 key)
{
	const u8 *found = (const u8 *)word;
	u64 expected;
	u32 i, byte;

	for (i = HEAD_WORDS; i < PATTERN_WORDS; i++) {
		expected = payload_word(key, i);
		if (word[i] == expected)
			continue;
		for (byte = 0; byte < 8; byte++)
			if (found[i * 8 + byte] != ((u8 *)&expected)[byte])
				return i * 8 + byte;
	}
	return SECTOR_BYTES;
}

void pattern_identify(const void *data, struct pattern_origin *origin)
{
	const u64 *word = data;

	memset(origin, 0, sizeof(*origin));
	if (is_zero(word)) {
		origin->kind = PATTERN_ZERO;
		return;
	}
	origin->kind = PATTERN_FOREIGN;
	origin->head_kind = magic_kind(word[0]);
	if (origin->head_kind == PATTERN_FOREIGN ||
	    word[HEAD_CHECKSUM] != head_checksum(word))
		return;
	origin->seed = word[1];
	origin->request = word[2];
	origin->sector = word[3];
	origin->kind = origin->head_kind;
	origin->damage_bytes = first_damage(word, word[HEAD_CHECKSUM]);
	if (origin->damage_bytes < SECTOR_BYTES)
		origin->kind = PATTERN_DAMAGED;
}

static void describe_head(char *text, size_t size,
			  const struct pattern_origin *origin, u64 seed)
{
	if (origin->head_kind == PATTERN_BASE)
		snprintf(text, size, "base content (tag %llu)", origin->seed);
	else if (origin->head_kind == PATTERN_STALE)
		snprintf(text, size, "stale content (tag %llu)", origin->seed);
	else if (origin->seed == seed)
		snprintf(text, size, "write %llu.%llu", origin->request >> 32,
			 origin->request & 0xffffffff);
	else
		snprintf(text, size, "write %llu.%llu of seed %llu",
			 origin->request >> 32, origin->request & 0xffffffff,
			 origin->seed);
}

void pattern_describe(char *text, size_t size,
		      const struct pattern_origin *origin, u64 sector,
		      u64 seed)
{
	char head[96], place[48];

	if (origin->kind == PATTERN_ZERO) {
		snprintf(text, size, "zeros");
		return;
	}
	if (origin->kind == PATTERN_FOREIGN) {
		snprintf(text, size, "bytes that fvd-stress did not write");
		return;
	}
	describe_head(head, sizeof(head), origin, seed);
	if (origin->sector == sector)
		snprintf(place, sizeof(place), "for this sector");
	else
		snprintf(place, sizeof(place), "for sector %llu",
			 origin->sector);
	if (origin->kind == PATTERN_DAMAGED)
		snprintf(text, size, "%s %s, damaged from byte %u on", head,
			 place, origin->damage_bytes);
	else
		snprintf(text, size, "%s %s", head, place);
}
