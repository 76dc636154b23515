/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the user gets to see: wrong blocks, counts, progress, the JSON report.
 */
#ifndef STRESS_REPORT_H
#define STRESS_REPORT_H

#include "stress-history.h"
#include "stress-options.h"
#include "stress-oracle.h"

/** Wrong blocks that are kept for the JSON report. */
#define REPORT_KEPT	32

/**
 * struct report_op - counts of one operation
 * @submitted: sent
 * @failed: of these, failed
 * @unsupported: of these, not known to the device
 * @bytes: transferred, or discarded, or zeroed
 */
struct report_op {
	u64 submitted;
	u64 failed;
	u64 unsupported;
	u64 bytes;
};

/** struct report_mismatch - one wrong block, for the JSON report */
struct report_mismatch {
	u64 block;
	char diagnosis[32];
	char found[160];
};

/**
 * struct stress_report - everything that is counted
 * @options: of the run
 * @ops: counts of each operation
 * @verify_blocks: logical blocks read by verifications
 * @unverified_blocks: blocks that a verification could not read
 * @generated: length of the sequence so far
 * @mismatches: wrong blocks
 * @io_errors: failed requests that were not expected
 * @hangs: 1 if a request did not complete in time
 * @power_cut: the power was cut, as --power-cut reads it
 * @cut_index: index of the request that failed first
 * @seconds: duration
 * @kept: the first wrong blocks
 * @history: the last requests
 */
struct stress_report {
	const struct stress_options *options;
	struct report_op ops[STRESS_OPS];
	u64 verify_blocks;
	u64 unverified_blocks;
	u64 generated;
	u64 mismatches;
	u64 io_errors;
	u64 hangs;
	bool power_cut;
	u64 cut_index;
	double seconds;
	struct report_mismatch kept[REPORT_KEPT];
	struct stress_history history;
};

/**
 * report_mismatch() - a block is wrong: print all that is known
 * @report: counts it
 * @oracle: what would have been right
 * @block: where
 * @data: what was found
 * @read: the read that found it
 * @number: its request number, 0 for a verification
 */
void report_mismatch(struct stress_report *report, const struct oracle *oracle,
		     u64 block, const void *data, struct oracle_read read,
		     u64 number);

/** report_io_error() - a request failed and should not have */
void report_io_error(struct stress_report *report,
		     const struct stress_request *request, int error);

/** report_progress() - one line on a terminal, overwritten by the next */
void report_progress(const struct stress_report *report, u32 in_flight);

/** report_clear_progress() - remove that line */
void report_clear_progress(void);

/** report_summary() - the last lines, unless quiet and all is well */
void report_summary(const struct stress_report *report);

/** report_json() - write the JSON report. Return: 0 or negative errno. */
int __must_check report_json(const struct stress_report *report,
			     const char *path);

/** report_status() - the exit status */
int report_status(const struct stress_report *report);

#endif /* STRESS_REPORT_H */
