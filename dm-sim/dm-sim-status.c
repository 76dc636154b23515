// SPDX-License-Identifier: GPL-2.0-only
/*
 * Status and table line. Both are lists of words; new words are only appended.
 */
#include <linux/module.h>

#include "dm-sim.h"

void sim_device_counters(struct sim_device *sim, enum sim_op op,
			 struct sim_counters *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct sim_counters *one =
			&per_cpu_ptr(sim->counters, cpu)->op[op];

		sum->bios += one->bios;
		sum->sectors += one->sectors;
		sum->delayed += one->delayed;
		sum->failed += one->failed;
		sum->lost += one->lost;
	}
}

/* What the device and its share of the rail hold in memory. */
static u64 sim_memory_bytes(struct sim_device *sim)
{
	return sim->cache_used_bytes +
	       sim->cache.versions * sizeof(struct sim_version) +
	       sim->rule_count * sizeof(struct sim_rule) +
	       sim->cache.bucket_count * sizeof(struct list_head) +
	       SIM_TRACE_RECORDS * sizeof(struct sim_trace_record) +
	       (u64)sim->rail->replay.room * sizeof(struct sim_trace_record) +
	       SIM_BOUNCE_BYTES;
}

static void sim_status_info(struct sim_device *sim, struct sim_text *text)
{
	struct sim_rail *rail = sim->rail;
	struct sim_counters sum;
	u32 op;

	spin_lock_irq(&rail->lock);
	sim_text_add(text, "%s %s rail %s seed %llu arrived %llu pending %u cuts %llu",
		     rail->powered ? "on" : "off", sim_mode_names[rail->mode],
		     rail->name, rail->seed, rail->number, rail->pending,
		     rail->cuts);
	sim_text_add(text, " state %u rules %u", sim->state, sim->rule_count);
	spin_unlock_irq(&rail->lock);
	/* Without exec: a status must not wait for a slow lower device. */
	sim_text_add(text, " cache %llu/%llu versions %llu destaged %llu memory %llu",
		     sim->cache_used_bytes, sim->cache_bytes,
		     sim->cache.versions, sim->destaged, sim_memory_bytes(sim));
	for (op = 0; op < SIM_OP_COUNT; op++) {
		sim_device_counters(sim, op, &sum);
		sim_text_add(text, " %s %llu %llu %llu %llu %llu",
			     sim_op_names[op], sum.bios, sum.sectors,
			     sum.delayed, sum.failed, sum.lost);
	}
}

/* Words of the features that differ from their defaults; also counts them. */
static u32 sim_status_features(struct sim_device *sim, struct sim_text *text)
{
	struct sim_rail *rail = sim->rail;
	struct sim_rule *rule;
	u32 words = 0;

	if (rail->seed) {
		sim_text_add(text, " seed %llu", rail->seed);
		words += 2;
	}
	if (!rail->private) {
		sim_text_add(text, " rail %s", rail->name);
		words += 2;
	}
	if (sim->cache_bytes) {
		sim_text_add(text, " cache %llu", sim->cache_bytes);
		words += 2;
	}
	if (sim->block_bytes != bdev_logical_block_size(sim->lower)) {
		sim_text_add(text, " block_bytes %u", sim->block_bytes);
		words += 2;
	}
	if (rail->mode != SIM_MODE_PASS) {
		sim_text_add(text, " mode %s", sim_mode_names[rail->mode]);
		words += 2;
	}
	if (rail->max_delay_us) {
		sim_text_add(text, " max_delay_us %u", rail->max_delay_us);
		words += 2;
	}
	/* Without a cache they mean nothing, and the table line refuses them. */
	if (sim->cache_bytes && (sim->damage & SIM_DAMAGE_TORN)) {
		sim_text_add(text, " torn");
		words++;
	}
	if (sim->cache_bytes && (sim->damage & SIM_DAMAGE_GARBAGE)) {
		sim_text_add(text, " garbage");
		words++;
	}
	if (sim->traced) {
		sim_text_add(text, " trace");
		words++;
	}
	if (sim->rule_count) {
		sim_text_add(text, " rules %u", sim->rule_count);
		words += 2 + sim->rule_count;
		list_for_each_entry(rule, &sim->rules, list) {
			sim_text_add(text, " ");
			sim_rule_print(rule, text);
		}
	}
	return words;
}

static void sim_status_table(struct sim_device *sim, struct sim_text *text)
{
	struct sim_text measure;
	char nothing[1];
	u32 words;

	sim_text_init(&measure, nothing, sizeof(nothing));
	spin_lock_irq(&sim->rail->lock);
	words = sim_status_features(sim, &measure);
	sim_text_add(text, "%s %llu", sim->lower_dev->name,
		     (unsigned long long)sim->start);
	if (words) {
		sim_text_add(text, " %u", words);
		sim_status_features(sim, text);
	}
	spin_unlock_irq(&sim->rail->lock);
}

void sim_status(struct dm_target *ti, status_type_t type,
		unsigned int status_flags, char *result, unsigned int maxlen)
{
	struct sim_device *sim = ti->private;
	struct sim_text text;

	if (!maxlen)
		return;
	sim_text_init(&text, result, maxlen);
	switch (type) {
	case STATUSTYPE_INFO:
		sim_status_info(sim, &text);
		break;
	case STATUSTYPE_TABLE:
		sim_status_table(sim, &text);
		break;
	case STATUSTYPE_IMA:
		/* Nothing of a test instrument is worth measuring. */
		break;
	}
}
