// SPDX-License-Identifier: GPL-2.0-only
/* Sectors that tell where they come from: stress-pattern. */
#include <string.h>

#include "stress-pattern.h"
#include "stress-random.h"
#include "test.h"

static const struct pattern_origin samples[] = {
	{ .kind = PATTERN_ZERO },
	{ .kind = PATTERN_BASE, .seed = 1, .sector = 0 },
	{ .kind = PATTERN_BASE, .seed = 1, .sector = 1 },
	{ .kind = PATTERN_BASE, .seed = 2, .sector = 1 },
	{ .kind = PATTERN_STALE, .seed = 1, .sector = 1 },
	{ .kind = PATTERN_WRITE, .seed = 1, .request = 5, .sector = 1 },
	{ .kind = PATTERN_WRITE, .seed = 1, .request = 6, .sector = 1 },
	{ .kind = PATTERN_WRITE, .seed = 1, .request = 6, .sector = 2 },
	{ .kind = PATTERN_WRITE, .seed = 2, .request = 6, .sector = 2 },
};

static void sector_matches_its_origin_alone(void)
{
	u64 words[PATTERN_WORDS];
	u32 i, k;

	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		pattern_fill(words, &samples[i]);
		for (k = 0; k < ARRAY_SIZE(samples); k++)
			EXPECT(pattern_matches(words, &samples[k]) == (i == k));
	}
}

static void sector_tells_its_origin(void)
{
	struct pattern_origin found;
	u64 words[PATTERN_WORDS];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		pattern_fill(words, &samples[i]);
		pattern_identify(words, &found);
		EXPECT(found.kind == samples[i].kind);
		EXPECT(found.seed == samples[i].seed);
		EXPECT(found.request == samples[i].request);
		EXPECT(found.sector == samples[i].sector);
	}
}

static void every_flipped_bit_is_seen(void)
{
	struct pattern_origin found;
	u64 words[PATTERN_WORDS];
	u8 *byte = (u8 *)words;
	u32 bit;

	pattern_fill(words, &samples[5]);
	for (bit = 0; bit < SECTOR_BYTES * 8; bit++) {
		byte[bit / 8] ^= 1 << bit % 8;
		EXPECT(!pattern_matches(words, &samples[5]));
		pattern_identify(words, &found);
		EXPECT(found.kind == PATTERN_DAMAGED ||
		       found.kind == PATTERN_FOREIGN);
		byte[bit / 8] ^= 1 << bit % 8;
	}
}

static void damage_is_located(void)
{
	struct pattern_origin found;
	u64 words[PATTERN_WORDS], other[PATTERN_WORDS];
	u32 cut;

	for (cut = 48; cut < SECTOR_BYTES; cut += 8) {
		pattern_fill(words, &samples[5]);
		pattern_fill(other, &samples[6]);
		memcpy((u8 *)words + cut, (u8 *)other + cut,
		       SECTOR_BYTES - cut);
		pattern_identify(words, &found);
		EXPECT(found.kind == PATTERN_DAMAGED);
		EXPECT(found.request == 5);
		EXPECT(found.damage_bytes >= cut &&
		       found.damage_bytes < cut + 8);
	}
}

static void random_bytes_are_foreign(void)
{
	struct stress_random random = { .state = test_seed() };
	struct pattern_origin found;
	u64 words[PATTERN_WORDS];
	u32 i;

	for (i = 0; i < PATTERN_WORDS; i++)
		words[i] = random_next(&random);
	pattern_identify(words, &found);
	EXPECT(found.kind == PATTERN_FOREIGN);
}

static void description_fits_small_room(void)
{
	struct pattern_origin found = samples[8];
	char text[9];

	pattern_describe(text, sizeof(text), &found, 1, 1);
	EXPECT(strlen(text) == sizeof(text) - 1);
}

const struct test_case pattern_tests[] = {
	{ "pattern: a sector matches its own origin alone",
	  sector_matches_its_origin_alone },
	{ "pattern: a sector tells its origin", sector_tells_its_origin },
	{ "pattern: every flipped bit is seen", every_flipped_bit_is_seen },
	{ "pattern: the first damaged byte is found", damage_is_located },
	{ "pattern: random bytes are foreign", random_bytes_are_foreign },
	{ "pattern: a description is cut to its room",
	  description_fits_small_room },
	{ }
};
