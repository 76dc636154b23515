// SPDX-License-Identifier: GPL-2.0-only
/*
 * Status, table and messages.
 *
 * Status:
 *   <local>/<total base blocks> <used>/<total chunks> <used>/<total journal
 *   blocks> <#args> <key> <value>... <mode>
 *
 * or "Fail" alone. Keys are only ever appended. The table line re-creates the
 * device with what messages changed meanwhile.
 */
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "dm-fvd.h"
#include "fvd-census.h"
#include "fvd-checkpoint.h"
#include "fvd-commit.h"

#define DM_MSG_PREFIX "fvd"

static const char * const mode_names[] = {
	[FVD_MODE_RW] = "rw",
	[FVD_MODE_RO] = "ro",
	[FVD_MODE_FAIL] = "fail",
};

struct counter_name {
	const char *name;
	size_t offset;
};

#define COUNTER(field) { #field, offsetof(struct fvd_counters, field) }

static const struct counter_name counters[] = {
	COUNTER(base_read_sectors),
	COUNTER(fetches),
	COUNTER(fetched_sectors),
	COUNTER(stored_sectors),
	COUNTER(store_errors),
	COUNTER(fetch_waits),
	COUNTER(uncached_reads),
	COUNTER(first_writes),
	COUNTER(fill_sectors),
	COUNTER(base_errors),
	COUNTER(flushes),
	COUNTER(commits),
	COUNTER(commit_blocks),
	COUNTER(checkpoints),
	COUNTER(checkpoint_pages),
	COUNTER(discarded_chunks),
	COUNTER(no_space),
	COUNTER(prefetches),
	COUNTER(prefetched_sectors),
	COUNTER(prefetch_stored_sectors),
	COUNTER(prefetch_errors),
	COUNTER(profile_hits),
	COUNTER(profile_misses),
};

/* What the status shows, taken at one moment. */
struct snapshot {
	u64 base_left;
	u64 chunks_used;
	u64 chunks_coming;
	u64 journal_used;
	u64 dirty_pages;
	enum fvd_mode mode;
	bool complete;
	bool low_space;
	enum fvd_prefetch_state prefetch;
	enum fvd_prefetch_wait prefetch_wait;
	enum fvd_throttle_reason throttle;
	u64 prefetch_bytes_per_s;
	u64 prefetch_remaining_s;
	unsigned int base_failing;
	unsigned int base_given_up;
	u64 base_waiting;
	u64 base_recoveries;
	bool base_away;
	u32 profile_recorded;
};

static void take_prefetch(struct fvd_image *image, struct snapshot *s)
{
	const struct fvd_throttle *throttle = &image->prefetch.throttle;
	u64 now = ktime_get_ns();

	s->prefetch = fvd_prefetch_state(image);
	s->prefetch_wait = image->prefetch.wait;
	s->throttle = fvd_throttle_reason(throttle, now);
	s->prefetch_bytes_per_s = fvd_throttle_bytes_per_s(throttle, now);
	s->prefetch_remaining_s =
		fvd_throttle_remaining_s(throttle, s->base_left <<
					 image->map.geo.block_shift, now);
}

static void take_base(struct fvd_image *image, struct snapshot *s)
{
	const struct fvd_base *base = &image->base;

	s->base_failing = base->retry.nr_ranges;
	s->base_given_up = fvd_retry_nr_given_up(&base->retry);
	s->base_recoveries = base->retry.nr_recoveries;
	s->base_away = fvd_retry_is_away(&base->retry);
	s->base_waiting = base->nr_waiting;
	s->profile_recorded = image->profiling.has_record ?
		image->profiling.recorder.profile.nr_entries : 0;
}

static void take_snapshot(struct fvd_image *image, struct snapshot *s)
{
	spin_lock_irq(&image->lock);
	s->base_left = image->map.nr_base_blocks_left;
	s->chunks_used = image->alloc.nr_used;
	s->chunks_coming = fvd_alloc_nr_coming(&image->alloc);
	s->journal_used = image->ring.nr_used;
	s->dirty_pages = image->nr_dirty_pages;
	s->mode = image->mode;
	s->complete = image->complete_durable;
	s->low_space = image->low_space;
	take_prefetch(image, s);
	take_base(image, s);
	spin_unlock_irq(&image->lock);
}

static const char *space_word(const struct fvd_image *image,
			      const struct snapshot *s)
{
	if (!image->map.table)
		return "ok";
	if (s->chunks_used >= image->alloc.capacity)
		return "full";
	return s->low_space ? "low" : "ok";
}

static const char *base_word(const struct snapshot *s)
{
	if (!s->base_failing)
		return "ok";
	return s->base_away ? "away" : "failing";
}

/* The keys behind the counters; returns how many, if @result is NULL. */
static unsigned int status_hydration(const struct fvd_image *image,
				     const struct snapshot *s, char *result,
				     unsigned int maxlen)
{
	unsigned int sz = 0;

	if (!result)
		return 14;
	DMEMIT(" prefetch %s", fvd_prefetch_state_name(s->prefetch));
	DMEMIT(" prefetch_wait %s", fvd_prefetch_wait_name(s->prefetch_wait));
	DMEMIT(" prefetch_throttle %s", fvd_throttle_reason_name(s->throttle));
	DMEMIT(" prefetch_bytes_per_s %llu", s->prefetch_bytes_per_s);
	if (s->prefetch_remaining_s == U64_MAX)
		DMEMIT(" prefetch_remaining_s unknown");
	else
		DMEMIT(" prefetch_remaining_s %llu", s->prefetch_remaining_s);
	DMEMIT(" base %s", base_word(s));
	DMEMIT(" base_policy %s",
	       fvd_base_policy_name(READ_ONCE(image->settings.base_policy)));
	DMEMIT(" base_failing_ranges %u", s->base_failing);
	DMEMIT(" base_given_up_ranges %u", s->base_given_up);
	DMEMIT(" base_recoveries %llu", s->base_recoveries);
	DMEMIT(" base_waiting %llu", s->base_waiting);
	DMEMIT(" profile_entries %u", image->profiling.loaded.nr_entries);
	DMEMIT(" profile_recorded_entries %u", s->profile_recorded);
	DMEMIT(" linear %u", READ_ONCE(image->linear));
	return sz;
}

static void status_info(struct fvd_target *target, char *result,
			unsigned int maxlen)
{
	struct fvd_image *image = target->image;
	u64 total = image->map.geo.nr_base_blocks;
	unsigned int sz = 0, i;
	struct snapshot s;
	const u8 *base;

	take_snapshot(image, &s);
	if (s.mode == FVD_MODE_FAIL) {
		DMEMIT("Fail");
		return;
	}
	DMEMIT("%llu/%llu %llu/%llu %llu/%llu", total - s.base_left, total,
	       s.chunks_used - s.chunks_coming, image->alloc.capacity,
	       s.journal_used, image->ring.nr_blocks);
	DMEMIT(" %zu", 2 * (ARRAY_SIZE(counters) + 6 +
			    status_hydration(image, &s, NULL, 0)));
	DMEMIT(" block_size %u", 1U << image->map.geo.block_shift);
	DMEMIT(" copy_on_read %s", READ_ONCE(image->settings.copy_on_read) ?
	       "on" : "off");
	DMEMIT(" complete %u", s.complete);
	DMEMIT(" space %s", space_word(image, &s));
	DMEMIT(" reclaiming_chunks %llu", s.chunks_coming);
	DMEMIT(" dirty_pages %llu", s.dirty_pages);
	base = (const u8 *)&image->count;
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		DMEMIT(" %s %lld", counters[i].name,
		       (s64)atomic64_read((const atomic64_t *)
					  (base + counters[i].offset)));
	if (sz < maxlen)
		sz += status_hydration(image, &s, result + sz, maxlen - sz);
	DMEMIT(" %s", target->read_only ? mode_names[FVD_MODE_RO] :
	       mode_names[s.mode]);
}

static const struct fvd_settings *settings_of(const struct fvd_target *target)
{
	return fvd_registry_is_bound(target) ? &target->image->settings :
					       &target->settings;
}

static void status_table(struct fvd_target *target, char *result,
			 unsigned int maxlen)
{
	const struct fvd_settings *settings = settings_of(target);
	unsigned int sz = 0, i;

	DMEMIT("%s %s %s", target->image_dev->name,
	       target->base_dev ? target->base_dev->name : "-",
	       target->data_dev ? target->data_dev->name : "-");
	DMEMIT(" %u", 1 + target->read_only + !settings->discard +
	       target->ignore_base_stamp);
	DMEMIT(" %s", READ_ONCE(settings->copy_on_read) ? "copy_on_read" :
							  "no_copy_on_read");
	if (target->read_only)
		DMEMIT(" read_only");
	if (!settings->discard)
		DMEMIT(" no_discard");
	if (target->ignore_base_stamp)
		DMEMIT(" ignore_base_stamp");
	DMEMIT(" %u", 2 * (fvd_nr_tunables + 1));
	for (i = 0; i < fvd_nr_tunables; i++)
		DMEMIT(" %s %lld", fvd_tunables[i].name,
		       fvd_tunable_get(&fvd_tunables[i], settings));
	DMEMIT(" base_policy %s",
	       fvd_base_policy_name(READ_ONCE(settings->base_policy)));
}

static void status_ima(struct fvd_target *target, char *result,
		       unsigned int maxlen)
{
	unsigned int sz = 0;

	DMEMIT_TARGET_NAME_VERSION(target->ti->type);
	DMEMIT(",image_device=%s", target->image_dev->name);
	DMEMIT(",base_device=%s",
	       target->base_dev ? target->base_dev->name : "-");
	DMEMIT(",data_device=%s",
	       target->data_dev ? target->data_dev->name : "-");
	DMEMIT(",read_only=%c", target->read_only ? 'y' : 'n');
	DMEMIT(",image_uuid=%pU;", target->image->sb.uuid);
}

void fvd_target_status(struct dm_target *ti, status_type_t type,
		       unsigned int status_flags, char *result,
		       unsigned int maxlen)
{
	struct fvd_target *target = ti->private;

	switch (type) {
	case STATUSTYPE_INFO:
		status_info(target, result, maxlen);
		break;
	case STATUSTYPE_TABLE:
		status_table(target, result, maxlen);
		break;
	case STATUSTYPE_IMA:
		status_ima(target, result, maxlen);
		break;
	}
}

static int message_copy_on_read(struct fvd_target *target, const char *value)
{
	bool on;

	if (!strcasecmp(value, "on"))
		on = true;
	else if (!strcasecmp(value, "off"))
		on = false;
	else
		return -EINVAL;
	WRITE_ONCE(target->settings.copy_on_read, on);
	WRITE_ONCE(target->image->settings.copy_on_read, on);
	return 0;
}

/* So that the table line tells, and a resume goes on, or does not begin again. */
static void set_start_delays(struct fvd_target *target, u32 sweep_delay_s,
			     u32 profile_delay_s)
{
	struct fvd_settings *settings = &target->image->settings;

	WRITE_ONCE(target->settings.prefetch_start_delay_s, sweep_delay_s);
	WRITE_ONCE(settings->prefetch_start_delay_s, sweep_delay_s);
	WRITE_ONCE(target->settings.profile_start_delay_s, profile_delay_s);
	WRITE_ONCE(settings->profile_start_delay_s, profile_delay_s);
}

static int message_prefetch(struct fvd_target *target, const char *what)
{
	struct fvd_image *image = target->image;
	int r = 0;

	if (!strcasecmp(what, "start")) {
		set_start_delays(target, 0, 0);
		fvd_prefetch_start(image);
	} else if (!strcasecmp(what, "stop")) {
		set_start_delays(target, FVD_PREFETCH_NEVER_S,
				 FVD_PREFETCH_NEVER_S);
		fvd_prefetch_stop(image);
	} else if (!strcasecmp(what, "pause")) {
		r = fvd_prefetch_pause(image);
		if (r)
			DMERR("prefetch is %s: there is nothing to pause",
			      fvd_prefetch_state_name(fvd_prefetch_state(image)));
	} else if (!strcasecmp(what, "resume")) {
		r = fvd_prefetch_resume(image);
		if (r)
			DMERR("prefetch is %s, not paused",
			      fvd_prefetch_state_name(fvd_prefetch_state(image)));
	} else {
		DMERR("prefetch must be start, pause, resume or stop, found \"%s\"",
		      what);
		r = -EINVAL;
	}
	return r;
}

/* So many lines fit in what an ioctl may answer, and on a screen. */
#define MAP_MAX_CELLS	4096U

static bool is_held(struct fvd_image *image, u64 first, u64 end)
{
	bool held;

	spin_lock_irq(&image->lock);
	held = fvd_lock_conflict(&image->locks, first, end - 1);
	spin_unlock_irq(&image->lock);
	return held;
}

static void print_map(struct fvd_image *image, unsigned int cells, char *result,
		      unsigned int maxlen)
{
	const struct fvd_map *map = &image->map;
	u64 nr_blocks = map->geo.nr_blocks, first, end;
	unsigned int cell, sz = 0;
	struct fvd_census census;

	DMEMIT("%u %llu\n", 1U << map->geo.block_shift, nr_blocks);
	for (cell = 0; cell < cells; cell++) {
		first = mul_u64_u64_div_u64(nr_blocks, cell, cells);
		end = mul_u64_u64_div_u64(nr_blocks, cell + 1, cells);
		fvd_census_take(map, first, end, &census);
		DMEMIT("%llu %llu %llu %u\n", census.nr_local,
		       census.nr_base, census.nr_zero,
		       is_held(image, first, end));
		cond_resched();
	}
}

/* map CELLS: the disk in so many parts of equal size, see the guide. */
static int message_map(struct fvd_target *target, const char *value,
		       char *result, unsigned int maxlen)
{
	struct fvd_image *image = target->image;
	unsigned int cells;
	int r = -EINVAL;

	if (kstrtouint(value, 10, &cells) || !cells || cells > MAP_MAX_CELLS) {
		DMERR("map takes 1 to %u cells, found \"%s\"", MAP_MAX_CELLS,
		      value);
		return -EINVAL;
	}
	/* A resume that drops the bitmap comes after this, or before. */
	if (mutex_lock_interruptible(&image->checkpoint_mutex))
		return -EINTR;
	if (image->active) {
		print_map(image, min_t(u64, cells, image->map.geo.nr_blocks),
			  result, maxlen);
		r = 1;
	}
	mutex_unlock(&image->checkpoint_mutex);
	return r;
}

static int message_base_policy(struct fvd_target *target, const char *value)
{
	int policy = fvd_base_policy_parse(value);

	if (policy < 0) {
		DMERR("base_policy must be fail, retry or queue, found \"%s\"",
		      value);
		return policy;
	}
	WRITE_ONCE(target->settings.base_policy, policy);
	WRITE_ONCE(target->image->settings.base_policy, policy);
	/* Those who wait hear of it. */
	fvd_base_try_now(target->image);
	return 0;
}

static const char *range_word(const struct fvd_retry_range *range, u64 now)
{
	if (range->next_try_ns == FVD_RETRY_NEVER_NS)
		return "given-up";
	return range->next_try_ns > now ? "waiting" : "due";
}

/* A line for each failing range. Returns 1: there is a text. */
static int message_base_errors(struct fvd_image *image, char *result,
			       unsigned int maxlen)
{
	const struct fvd_retry_range *range;
	struct fvd_retry *retry;
	u64 now = ktime_get_ns();
	unsigned int sz = 0, i;

	/* The list is copied: no text is made with interrupts off. */
	retry = kmalloc(sizeof(*retry), GFP_NOIO);
	if (!retry)
		return -ENOMEM;
	spin_lock_irq(&image->lock);
	*retry = image->base.retry;
	spin_unlock_irq(&image->lock);
	result[0] = '\0';
	for (i = 0; i < retry->nr_ranges; i++) {
		range = &retry->ranges[i];
		DMEMIT("%s%llu+%llu errors %u last %d %s", i ? "\n" : "",
		       range->first_sector,
		       range->end_sector - range->first_sector,
		       range->nr_failures, range->error,
		       range_word(range, now));
	}
	kfree(retry);
	return 1;
}

static int message_base(struct fvd_target *target, const char *what,
			char *result, unsigned int maxlen)
{
	if (!strcasecmp(what, "errors"))
		return message_base_errors(target->image, result, maxlen);
	if (!strcasecmp(what, "retry")) {
		fvd_base_try_now(target->image);
		return 0;
	}
	DMERR("base must be errors or retry, found \"%s\"", what);
	return -EINVAL;
}

static int message_profile(struct fvd_target *target, const char *what)
{
	struct fvd_image *image = target->image;
	int r = 0;

	mutex_lock(&image->profiling.mutex);
	if (!strcasecmp(what, "record"))
		r = fvd_profiling_record(image);
	else if (!strcasecmp(what, "stop"))
		fvd_profiling_stop(image);
	else if (!strcasecmp(what, "save"))
		r = fvd_profiling_save(image);
	else if (!strcasecmp(what, "clear"))
		r = fvd_profiling_clear(image);
	else
		r = -ENOENT;
	mutex_unlock(&image->profiling.mutex);
	if (r == -ENOENT)
		DMERR("profile must be record, stop, save or clear, found \"%s\"",
		      what);
	else if (r)
		DMERR("profile %s failed: error %d", what, r);
	return r == -ENOENT ? -EINVAL : r;
}

static int message_set(struct fvd_target *target, const char *name,
		       const char *value)
{
	char text[160];
	int r;

	if (!strcasecmp(name, "base_policy"))
		return message_base_policy(target, value);
	if (!strcasecmp(name, "profile"))
		return message_profile(target, value);
	if (!strcasecmp(name, "prefetch"))
		return message_prefetch(target, value);
	if (!strcasecmp(name, "copy_on_read")) {
		r = message_copy_on_read(target, value);
		if (r)
			DMERR("copy_on_read must be on or off, found \"%s\"",
			      value);
		return r;
	}
	r = fvd_tunable_set(&target->settings, name, value);
	if (!r)
		r = fvd_tunable_set(&target->image->settings, name, value);
	if (r) {
		fvd_tunable_describe(name, value, text, sizeof(text));
		DMERR("message refused: %s", text);
		r = -EINVAL;
	}
	return r;
}

static int message_command(struct fvd_target *target, const char *name)
{
	struct fvd_image *image = target->image;
	int r;

	if (!strcasecmp(name, "grow")) {
		r = fvd_image_grow(image);
	} else if (!strcasecmp(name, "commit")) {
		r = fvd_checkpoint_commit(image);
	} else if (!strcasecmp(name, "checkpoint")) {
		r = fvd_checkpoint(image, FVD_CHECKPOINT_RUNNING);
	} else {
		DMERR("unknown message \"%s\"", name);
		return -EINVAL;
	}
	if (r)
		DMERR("%s failed: error %d", name, r);
	return r;
}

static int answer(struct fvd_target *target, unsigned int argc, char **argv,
		  char *result, unsigned int maxlen)
{
	if (!fvd_registry_is_bound(target) || !target->image->active) {
		DMERR("messages need an active device");
		return -EINVAL;
	}
	if (argc == 2 && !strcasecmp(argv[0], "map"))
		return message_map(target, argv[1], result, maxlen);
	if (argc == 2 && !strcasecmp(argv[0], "base"))
		return message_base(target, argv[1], result, maxlen);
	if (argc == 2)
		return message_set(target, argv[0], argv[1]);
	if (argc == 1)
		return message_command(target, argv[0]);
	DMERR("a message has one or two words, found %u", argc);
	return -EINVAL;
}

int fvd_target_message(struct dm_target *ti, unsigned int argc, char **argv,
		       char *result, unsigned int maxlen)
{
	/*
	 * A suspend waits for messages when it keeps I/O back already. So none may
	 * wait for memory that only this disk could give.
	 */
	unsigned int noio = memalloc_noio_save();
	int r = answer(ti->private, argc, argv, result, maxlen);

	memalloc_noio_restore(noio);
	return r;
}
