// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layer 0 files that the suites test, compiled into the suites' module:
 * so dm-fvd.ko exports nothing and need not even be loaded.
 */
#include "../dm-fvd/fvd-format.c"
#include "../dm-fvd/fvd-layout.c"
#include "../dm-fvd/fvd-bitmap.c"
#include "../dm-fvd/fvd-map.c"
#include "../dm-fvd/fvd-journal.c"
#include "../dm-fvd/fvd-alloc.c"
#include "../dm-fvd/fvd-census.c"
#include "../dm-fvd/fvd-settings.c"
#include "../dm-fvd/fvd-rate.c"
#include "../dm-fvd/fvd-latency.c"
#include "../dm-fvd/fvd-meter.c"
#include "../dm-fvd/fvd-throttle.c"
#include "../dm-fvd/fvd-retry.c"
#include "../dm-fvd/fvd-profile.c"
