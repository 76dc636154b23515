/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding a smaller workload that still fails.
 */
#ifndef STRESS_MINIMIZE_H
#define STRESS_MINIMIZE_H

#include "stress-options.h"

/**
 * minimize_run() - shrink the workload of these options
 * @options: complete options; the settings and @keep are changed
 *
 * Every attempt runs the reset command, then this program (or the test
 * command) with fewer requests; one that exits with EXIT_MISMATCH is the new
 * workload. Prints what it tries and the command line of the smallest.
 *
 * Return: 0 if a failing workload was found, EXIT_USAGE if the given one does
 * not fail, EXIT_IO if a command can not be run.
 */
int minimize_run(struct stress_options *options);

#endif /* STRESS_MINIMIZE_H */
