// SPDX-License-Identifier: GPL-2.0-only
/* What fvd pivot leaves: one target, linear. */
#include <stdio.h>
#include <string.h>

#include "dm.h"
#include "open-image.h"
#include "plain.h"

struct search {
	struct plain_device *plain;
	unsigned int nr_targets;
	bool is_linear;
};

static void look(void *context, u64 start, u64 nr_sectors, const char *type,
		 const char *params)
{
	struct search *search = context;
	struct plain_device *plain = search->plain;
	unsigned long long first;
	char number[64];

	search->nr_targets++;
	if (start || strcmp(type, "linear") ||
	    sscanf(params, "%63s %llu", number, &first) != 2)
		return;
	search->is_linear = true;
	plain->first_sector = first;
	plain->nr_sectors = nr_sectors;
	if (!open_image_node(number, plain->node, sizeof(plain->node)))
		snprintf(plain->node, sizeof(plain->node), "%s", number);
}

bool plain_device_find(struct plain_device *plain, const char *name)
{
	struct search search = { .plain = plain };

	memset(plain, 0, sizeof(*plain));
	return !dm_each_target(name, false, look, &search) &&
		search.nr_targets == 1 && search.is_linear;
}
