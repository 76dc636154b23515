/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CAMPAIGN_SCRIPT_H
#define CAMPAIGN_SCRIPT_H
int script_run(const char *name);
#endif
