// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the suites of dm-fvd's layer 0 share. Only the source of the seed
 * differs between kernel and user space.
 */
#include "fvd_test.h"

#ifdef __KERNEL__

#include <linux/module.h>
#include <linux/random.h>

static unsigned long long seed;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "of the random tests; 0 (default): a fresh one");

static u64 run_seed(void)
{
	if (!seed)
		seed = get_random_u64() ?: 1;
	return seed;
}

MODULE_DESCRIPTION("KUnit suites of dm-fvd's pure logic");
MODULE_LICENSE("GPL");

#else

#include <stdlib.h>
#include <time.h>

static u64 run_seed(void)
{
	static u64 seed;
	const char *text = getenv("SEED");
	struct timespec now;

	if (!seed && text && *text)
		seed = strtoull(text, NULL, 0);
	if (!seed) {
		clock_gettime(CLOCK_REALTIME, &now);
		seed = (u64)now.tv_sec * 1000003 + (u64)now.tv_nsec;
	}
	return seed;
}

#endif /* __KERNEL__ */

void fvd_random_start(struct kunit *test, struct fvd_random *random)
{
	random->state = run_seed();
	kunit_info(test, "SEED=%llu", (unsigned long long)random->state);
}

u64 fvd_random_u64(struct fvd_random *random)
{
	u64 z;

	random->state += 0x9E3779B97F4A7C15ULL;
	z = random->state;
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
	return z ^ (z >> 31);
}

u64 fvd_random_below(struct fvd_random *random, u64 limit)
{
	/* The upper half, scaled: no division, and no modulo bias to speak of. */
	return (fvd_random_u64(random) >> 32) * limit >> 32;
}

void *fvd_test_zalloc(struct kunit *test, size_t nr_bytes)
{
	void *memory = kunit_kzalloc(test, nr_bytes, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	return memory;
}

static void fill_tunables(struct fvd_superblock *sb)
{
	sb->storage_grow_unit_bytes = 1ULL << 30;
	sb->journal_epoch = 0x1122334455667788ULL;
	sb->journal_tail_block = 3;
	sb->journal_tail_sequence = 0x99;
	sb->generation = 7;
	sb->feature_compat = 0x10;
	sb->feature_ro_compat = 0x20;
	sb->checksum_copy = 1;
	sb->checksum_crc = 0xdeadbeef;
	sb->state_flags = FVD_STATE_NEEDS_CHECK;
	sb->base_stamp_kind = FVD_BASE_STAMP_SAMPLES;
	sb->clean = true;
	sb->complete = false;
	sb->copy_on_read = true;
	sb->copy_on_read_limit_bytes = 64 << 20;
	sb->prefetch_start_delay_s = -1;
	sb->prefetch_nr_slots = 2;
	sb->prefetch_slot_bytes = 1 << 20;
	sb->prefetch_min_read_kbps = 100;
	sb->prefetch_max_read_kbps = 101;
	sb->prefetch_min_write_kbps = 102;
	sb->prefetch_max_write_kbps = 103;
	sb->prefetch_throttle_ms = 104;
	sb->prefetch_read_measure_ms = 105;
	sb->prefetch_write_measure_ms = 106;
}

struct fvd_superblock *fvd_test_superblock(struct kunit *test, u64 features)
{
	const struct fvd_layout_request request = {
		.virtual_size_bytes = 10 << 20,
		.max_virtual_size_bytes = 16 << 20,
		.base_size_bytes = (9 << 20) + 512,
		.compact = features & FVD_INCOMPAT_COMPACT,
		.data_device = features & FVD_INCOMPAT_DATA_DEVICE,
	};
	struct fvd_superblock *sb = fvd_test_zalloc(test, sizeof(*sb));
	struct fvd_error error = { "" };
	int r;

	r = fvd_layout_compute(sb, &request, &error);
	KUNIT_ASSERT_EQ_MSG(test, r, 0, "%s", error.text);
	fill_tunables(sb);
	memset(sb->uuid, 0xA5, sizeof(sb->uuid));
	memset(sb->base_stamp, 0x5A, sizeof(sb->base_stamp));
	snprintf(sb->label, sizeof(sb->label), "label");
	snprintf(sb->base_path, sizeof(sb->base_path), "/dev/base");
	snprintf(sb->base_format, sizeof(sb->base_format), "raw");
	snprintf(sb->data_path, sizeof(sb->data_path), "/dev/data");
	snprintf(sb->data_format, sizeof(sb->data_format), "raw");
	return sb;
}
