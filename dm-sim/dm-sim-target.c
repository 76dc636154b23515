// SPDX-License-Identifier: GPL-2.0-only
/* The dm glue of the target "sim". */

#include <linux/device-mapper.h>
#include <linux/module.h>

static int sim_map(struct dm_target *ti, struct bio *bio)
{
	return DM_MAPIO_KILL;
}

static struct target_type sim_target = {
	.name = "sim",
	.version = {0, 0, 1},
	.module = THIS_MODULE,
	.map = sim_map,
};
module_dm(sim);

MODULE_DESCRIPTION(DM_NAME " sim target");
MODULE_LICENSE("GPL");
