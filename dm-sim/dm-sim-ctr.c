// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table line:
 *
 *   <start> <len> sim <dev> <offset> [<#feature args> <arg>...]
 *
 * I-CTR-1: unknown, repeated and contradicting features are refused by name.
 * I-CTR-2: what the table line asks of a rail is applied at resume, not when
 * the table is loaded.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "dm-sim.h"

/* A cached block finds its versions in a chain of 8 or so at 32 MiB. */
#define SIM_CACHE_BUCKETS 8192

/* What is being constructed. */
struct sim_parser {
	struct sim_device *sim;
	struct dm_arg_set *arguments;
	struct sim_text *why;
	const char *rail;
	u64 cache_bytes;
	u32 seen;		/* bit for each feature */
};

static int sim_parse_number(struct sim_parser *parser, const char *feature,
			    u64 most, u64 *value)
{
	const char *word = dm_shift_arg(parser->arguments);

	if (word && !sim_text_to_u64(word, value) && *value <= most)
		return 0;
	sim_text_add(parser->why, "Feature %s needs a number up to %llu, not \"%.30s\"",
		     feature, most, word ? word : "");
	return -EINVAL;
}

static int sim_parse_seed(struct sim_parser *parser)
{
	parser->sim->has_seed = true;
	return sim_parse_number(parser, "seed", U64_MAX,
				&parser->sim->wanted_seed);
}

static int sim_parse_rail(struct sim_parser *parser)
{
	parser->rail = dm_shift_arg(parser->arguments);
	if (parser->rail && *parser->rail && !strchr(parser->rail, '/') &&
	    !strchr(parser->rail, ':') &&
	    strlen(parser->rail) < SIM_RAIL_NAME_BYTES)
		return 0;
	sim_text_add(parser->why, "Feature rail needs a name of up to %d letters without / and :",
		     SIM_RAIL_NAME_BYTES - 1);
	return -EINVAL;
}

static int sim_parse_cache(struct sim_parser *parser)
{
	int r = sim_parse_number(parser, "cache", SIM_CACHE_BYTES_MAX,
				 &parser->cache_bytes);

	if (r || !parser->cache_bytes ||
	    parser->cache_bytes >= SIM_CACHE_BYTES_MIN)
		return r;
	sim_text_add(parser->why, "Feature cache needs 0 or at least %d bytes",
		     SIM_CACHE_BYTES_MIN);
	return -EINVAL;
}

static int sim_parse_block_bytes(struct sim_parser *parser)
{
	struct sim_device *sim = parser->sim;
	u64 value = 0;
	int r = sim_parse_number(parser, "block_bytes", SIM_BLOCK_BYTES_MAX,
				 &value);

	if (r)
		return r;
	if (value < sim->block_bytes || !is_power_of_2(value)) {
		sim_text_add(parser->why,
			     "Feature block_bytes needs a power of two, %u to %d, not %llu",
			     sim->block_bytes, SIM_BLOCK_BYTES_MAX, value);
		return -EINVAL;
	}
	if (sim->sectors & ((value >> SECTOR_SHIFT) - 1)) {
		sim_text_add(parser->why,
			     "Feature block_bytes: %llu sectors are no multiple of %llu",
			     (unsigned long long)sim->sectors, value);
		return -EINVAL;
	}
	sim->block_bytes = value;
	return 0;
}

static int sim_parse_mode(struct sim_parser *parser)
{
	const char *word = dm_shift_arg(parser->arguments);
	int mode = word ? sim_text_index(word, strlen(word), sim_mode_names,
					 SIM_MODE_COUNT) : -EINVAL;

	if (mode < 0) {
		sim_text_add(parser->why, "Feature mode needs pass, auto or manual, not \"%.30s\"",
			     word ? word : "");
		return -EINVAL;
	}
	parser->sim->has_mode = true;
	parser->sim->wanted_mode = mode;
	return 0;
}

static int sim_parse_max_delay_us(struct sim_parser *parser)
{
	u64 value;
	int r = sim_parse_number(parser, "max_delay_us", SIM_DELAY_US_LIMIT,
				 &value);

	parser->sim->has_max_delay_us = true;
	parser->sim->wanted_max_delay_us = r ? 0 : value;
	return r;
}

static int sim_parse_rules(struct sim_parser *parser)
{
	u64 count, i;
	int r = sim_parse_number(parser, "rules", parser->arguments->argc, &count);

	for (i = 0; !r && i < count; i++) {
		const char *word = dm_shift_arg(parser->arguments);

		if (!word) {
			sim_text_add(parser->why, "Feature rules: %llu announced, %llu found",
				     count, i);
			return -EINVAL;
		}
		if (sim_device_add_rule(parser->sim, word, 0, parser->why) < 0)
			return -EINVAL;
	}
	return r;
}

static int sim_parse_torn(struct sim_parser *parser)
{
	parser->sim->damage |= SIM_DAMAGE_TORN;
	return 0;
}

static int sim_parse_garbage(struct sim_parser *parser)
{
	parser->sim->damage |= SIM_DAMAGE_GARBAGE;
	return 0;
}

static int sim_parse_trace(struct sim_parser *parser)
{
	parser->sim->traced = true;
	return 0;
}

static const struct {
	const char *name;
	int (*parse)(struct sim_parser *parser);
} sim_features[] = {
	{ "seed", sim_parse_seed },
	{ "rail", sim_parse_rail },
	{ "cache", sim_parse_cache },
	{ "block_bytes", sim_parse_block_bytes },
	{ "mode", sim_parse_mode },
	{ "max_delay_us", sim_parse_max_delay_us },
	{ "rules", sim_parse_rules },
	{ "torn", sim_parse_torn },
	{ "garbage", sim_parse_garbage },
	{ "trace", sim_parse_trace },
};

static int sim_parse_feature(struct sim_parser *parser, const char *word)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sim_features); i++) {
		if (strcasecmp(word, sim_features[i].name))
			continue;
		if (parser->seen & (1u << i)) {
			sim_text_add(parser->why, "Feature %s given twice",
				     sim_features[i].name);
			return -EINVAL;
		}
		parser->seen |= 1u << i;
		return sim_features[i].parse(parser);
	}
	sim_text_add(parser->why, "Unknown feature \"%.40s\"", word);
	return -EINVAL;
}

static int sim_parse_features(struct sim_parser *parser)
{
	const char *word = dm_shift_arg(parser->arguments);
	u64 count;
	int r = 0;

	if (!word)
		return 0;
	if (sim_text_to_u64(word, &count) || count != parser->arguments->argc) {
		sim_text_add(parser->why, "Feature count is \"%.20s\", but %u words follow",
			     word, parser->arguments->argc);
		return -EINVAL;
	}
	while (!r && parser->arguments->argc)
		r = sim_parse_feature(parser, dm_shift_arg(parser->arguments));
	if (!r && (parser->sim->damage && !parser->cache_bytes)) {
		sim_text_add(parser->why, "Feature %s conflicts with no cache",
			     parser->sim->damage & SIM_DAMAGE_TORN ? "torn" :
			     "garbage");
		return -EINVAL;
	}
	return r;
}

static int sim_parse_lower(struct dm_target *ti, struct sim_device *sim,
			   struct dm_arg_set *arguments, struct sim_text *why)
{
	const char *path = dm_shift_arg(arguments);
	const char *offset = dm_shift_arg(arguments);
	u64 start;
	int r;

	if (!path || !offset) {
		sim_text_add(why, "Expected <dev> <offset> [<#feature args> <arg>...]");
		return -EINVAL;
	}
	if (sim_text_to_u64(offset, &start) || start > SIM_SECTORS_MAX) {
		sim_text_add(why, "Bad device offset \"%.30s\"", offset);
		return -EINVAL;
	}
	r = dm_get_device(ti, path, dm_table_get_mode(ti->table), &sim->lower_dev);
	if (r) {
		sim_text_add(why, "Device lookup failed: %.60s", path);
		return r;
	}
	sim->start = start;
	sim->sectors = ti->len;
	sim->lower = sim->lower_dev->bdev;
	sim->block_bytes = bdev_logical_block_size(sim->lower);
	if (!bdev_is_zoned(sim->lower) &&
	    sim->block_bytes <= SIM_BOUNCE_BYTES)
		return 0;
	sim_text_add(why, "Zoned devices and blocks above %d bytes are not supported",
		     SIM_BOUNCE_BYTES);
	return -EINVAL;
}

static struct sim_device *sim_device_alloc(struct dm_target *ti)
{
	struct sim_device *sim = kzalloc(sizeof(*sim), GFP_KERNEL);
	struct list_head *buckets;

	if (!sim)
		return NULL;
	sim->ti = ti;
	sim->owner = dm_disk(dm_table_get_md(ti->table));
	sim->table = ti->table;
	sim->begin = ti->begin;
	INIT_LIST_HEAD(&sim->rules);
	sim->coverage = vzalloc(array_size(SIM_OP_COUNT, sizeof(*sim->coverage)));
	sim->counters = alloc_percpu(struct sim_device_counters);
	buckets = kvmalloc_array(SIM_CACHE_BUCKETS, sizeof(*buckets), GFP_KERNEL);
	if (sim->coverage && sim->counters && buckets) {
		sim_cache_init(&sim->cache, buckets, SIM_CACHE_BUCKETS);
		return sim;
	}
	kvfree(buckets);
	free_percpu(sim->counters);
	vfree(sim->coverage);
	kfree(sim);
	return NULL;
}

static void sim_device_free(struct sim_device *sim)
{
	if (sim->rail)
		sim_rail_detach(sim);
	if (sim->lower_dev)
		dm_put_device(sim->ti, sim->lower_dev);
	sim_effect_forget(sim);
	if (sim->rule_count && sim_device_del_rules(sim, 0))
		DMWARN("rules were lost");
	kvfree(sim->cache.buckets);
	free_percpu(sim->counters);
	vfree(sim->coverage);
	kfree(sim);
}

static int sim_ctr_device(struct sim_device *sim, struct dm_arg_set *arguments,
			  struct sim_text *why)
{
	struct dm_target *ti = sim->ti;
	char name[SIM_RAIL_NAME_BYTES];
	struct sim_parser parser = {
		.sim = sim, .arguments = arguments, .why = why,
	};
	int r;

	r = sim_parse_lower(ti, sim, arguments, why);
	if (r)
		return r;
	r = sim_parse_features(&parser);
	if (r)
		return r;
	sim->cache_bytes = parser.cache_bytes;
	if (parser.rail && sim_rail_is_below(sim, parser.rail)) {
		sim_text_add(why,
			     "Feature rail: %s lies on a device of rail %s, and a rail can not wait for itself",
			     dm_device_name(dm_table_get_md(ti->table)),
			     parser.rail);
		return -EINVAL;
	}
	if (!parser.rail) {
		/* Unique, and the same again after a reload. */
		snprintf(name, sizeof(name), "%s+%llu",
			 dm_device_name(dm_table_get_md(ti->table)),
			 (unsigned long long)ti->begin);
		return sim_rail_attach(sim, name, true, why);
	}
	return sim_rail_attach(sim, parser.rail, false, why);
}

/*
 * dm prints ti->error and forgets the pointer, after the constructor returned;
 * constructors run one at a time for a table, seldom at all. A text that is
 * cut in two by another constructor would still be terminated.
 */
static char sim_ctr_error[200];

int sim_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct dm_arg_set arguments = { .argc = argc, .argv = argv };
	struct sim_device *sim = sim_device_alloc(ti);
	struct sim_text why;
	int r;

	if (!sim) {
		ti->error = "Cannot allocate context";
		return -ENOMEM;
	}
	sim_text_init(&why, sim_ctr_error, sizeof(sim_ctr_error));
	r = sim_ctr_device(sim, &arguments, &why);
	if (r) {
		ti->error = sim_ctr_error;
		sim_device_free(sim);
		return r;
	}
	ti->private = sim;
	ti->num_flush_bios = 1;
	ti->num_discard_bios = 1;
	ti->num_write_zeroes_bios = 1;
	ti->per_io_data_size = sizeof(struct sim_io);
	/* A cache can be switched on at any time: flushes must always come. */
	ti->flush_supported = true;
	return 0;
}

void sim_dtr(struct dm_target *ti)
{
	sim_device_free(ti->private);
}
