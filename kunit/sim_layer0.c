// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pure files of dm-sim, compiled a second time for the module of their
 * suites: kbuild does not let two modules share an object.
 */
#include "../dm-sim/sim-text.c"
#include "../dm-sim/sim-random.c"
#include "../dm-sim/sim-rule.c"
#include "../dm-sim/sim-cache.c"
#include "../dm-sim/sim-cut.c"
#include "../dm-sim/sim-schedule.c"
#include "../dm-sim/sim-trace.c"
#include "../dm-sim/sim-replay.c"
