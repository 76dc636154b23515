// SPDX-License-Identifier: GPL-2.0-only
/* The dm glue of the target "fvd". */

#include <linux/device-mapper.h>
#include <linux/module.h>

static int fvd_map(struct dm_target *ti, struct bio *bio)
{
	return DM_MAPIO_KILL;
}

static struct target_type fvd_target = {
	.name = "fvd",
	.version = {0, 0, 1},
	.module = THIS_MODULE,
	.map = fvd_map,
};
module_dm(fvd);

MODULE_DESCRIPTION(DM_NAME " fvd target");
MODULE_LICENSE("GPL");
