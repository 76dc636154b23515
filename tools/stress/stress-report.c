// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports. A wrong block comes with what was found, what would have been
 * right, who touched the block last, and the command that repeats the run.
 *
 * The diagnosis is a word for statistics, not a proof: lost (an older value of
 * the same place), misplaced, base, zeros, stale, torn, damaged, foreign.
 */
#include <errno.h>
#include <string.h>

#include "stress-report.h"

#define HISTORY_SHOWN	12
#define VALUES_SHOWN	12

static const char *diagnose_sector(const struct stress_report *report,
				   const struct pattern_origin *origin,
				   u64 sector)
{
	const struct stress_settings *settings = &report->options->settings;

	switch (origin->kind) {
	case PATTERN_ZERO:
		return "zeros";
	case PATTERN_BASE:
		return origin->sector == sector &&
		       origin->seed == settings->base_tag ?
		       "base" : "wrong-base";
	case PATTERN_STALE:
		return "stale";
	case PATTERN_WRITE:
		if (origin->seed != settings->seed)
			return "other-run";
		return origin->sector == sector ? "lost" : "misplaced";
	case PATTERN_DAMAGED:
		return "damaged";
	default:
		return "foreign";
	}
}

/* Does @next go on where @last ended: the same writer, the next address? */
static bool continues(const struct pattern_origin *last,
		      const struct pattern_origin *next)
{
	if (last->kind != next->kind || last->seed != next->seed ||
	    last->request != next->request)
		return false;
	return next->kind == PATTERN_ZERO || next->kind == PATTERN_FOREIGN ||
	       next->sector == last->sector + 1;
}

/* Print runs of sectors with the same origin; tell if there is more than one. */
static bool print_found(struct stress_report *report, const u8 *data,
			u64 sector, u32 sectors)
{
	u64 seed = report->options->settings.seed;
	struct pattern_origin origin, last;
	bool torn = false;
	char text[160];
	u32 i;

	for (i = 0; i < sectors; i++, last = origin) {
		pattern_identify(data + i * SECTOR_BYTES, &origin);
		if (i && continues(&last, &origin))
			continue;
		torn = torn || i;
		pattern_describe(text, sizeof(text), &origin, sector + i, seed);
		printf("  found:   sector %llu: %s\n", sector + i, text);
	}
	return torn;
}

static void print_value(const struct oracle *oracle,
			const struct oracle_value *value)
{
	printf("  allowed: ");
	switch (value->kind) {
	case ORACLE_WRITE:
		printf("write %llu.%llu", stress_number_round(value->request),
		       stress_number_index(value->request));
		break;
	case ORACLE_INITIAL:
		printf("initial content");
		break;
	case ORACLE_ANY:
		printf("anything");
		break;
	default:
		printf("zeros of %llu.%llu",
		       stress_number_round(value->request),
		       stress_number_index(value->request));
		break;
	}
	if (value->kind == ORACLE_TRIM_BASE)
		printf(" or initial content");
	if (value->completed == ORACLE_IN_FLIGHT)
		printf(", in flight\n");
	else if (value->failed)
		printf(", failed\n");
	else
		printf(", %s\n", oracle_durable(oracle, value) ?
		       "durable" : "acknowledged");
}

static void print_allowed(const struct oracle *oracle, u64 block, u64 began)
{
	const struct oracle_value *values;
	u32 i, count, shown = 0;

	values = oracle_values(oracle, block, &count);
	for (i = count; i-- > 0 && shown < VALUES_SHOWN;) {
		if (!oracle_allows(oracle, block, &values[i], began))
			continue;
		print_value(oracle, &values[i]);
		shown++;
	}
}

static void keep_mismatch(struct stress_report *report, u64 block,
			  const char *diagnosis, const char *found)
{
	struct report_mismatch *kept;

	if (report->mismatches >= REPORT_KEPT)
		return;
	kept = &report->kept[report->mismatches];
	kept->block = block;
	snprintf(kept->diagnosis, sizeof(kept->diagnosis), "%s", diagnosis);
	snprintf(kept->found, sizeof(kept->found), "%s", found);
}

void report_mismatch(struct stress_report *report, const struct oracle *oracle,
		     u64 block, const void *data, struct oracle_read read,
		     u64 number)
{
	u32 block_bytes = report->options->settings.block_bytes;
	u64 sector = block * (block_bytes / SECTOR_BYTES);
	struct pattern_origin origin;
	const char *diagnosis;
	char text[160];
	bool torn;

	report_clear_progress();
	printf("MISMATCH in block %llu (sector %llu, byte %llu), ", block,
	       sector, block * block_bytes);
	if (number)
		printf("read %llu.%llu\n", stress_number_round(number),
		       stress_number_index(number));
	else
		printf("verification\n");
	torn = print_found(report, data, sector, block_bytes / SECTOR_BYTES);
	print_allowed(oracle, block, read.began);
	printf("  last requests that touched it:\n");
	history_print(&report->history, stdout, block, HISTORY_SHOWN);

	pattern_identify(data, &origin);
	pattern_describe(text, sizeof(text), &origin, sector,
			 report->options->settings.seed);
	diagnosis = torn ? "torn" : diagnose_sector(report, &origin, sector);
	printf("  diagnosis: %s\n  repeat: ", diagnosis);
	options_print_command(stdout, report->options, report->generated);
	fflush(stdout);
	keep_mismatch(report, block, diagnosis, text);
	report->mismatches++;
}

void report_io_error(struct stress_report *report,
		     const struct stress_request *request, int error)
{
	report_clear_progress();
	printf("I/O ERROR: %s ", stress_op_name(request->op));
	if (request->number)
		printf("%llu.%llu ", stress_number_round(request->number),
		       stress_number_index(request->number));
	printf("of blocks %llu-%llu: %s\n", request->first,
	       request->first + request->count - !!request->count,
	       error ? strerror(-error) : "short transfer");
	if (!report->io_errors++) {
		printf("  repeat: ");
		options_print_command(stdout, report->options,
				      report->generated);
	}
	fflush(stdout);
}

static bool progress_shown;

void report_progress(const struct stress_report *report, u32 in_flight)
{
	fprintf(stderr, "\r\033[K%llu of %llu requests, %u in flight, ",
		report->generated, report->options->requests, in_flight);
	fprintf(stderr, "%llu blocks verified, %.0f s ",
		report->verify_blocks, report->seconds);
	progress_shown = true;
}

void report_clear_progress(void)
{
	if (progress_shown)
		fprintf(stderr, "\r\033[K");
	progress_shown = false;
}

static u64 total_failed(const struct stress_report *report)
{
	u64 total = 0;
	u32 i;

	for (i = 0; i < STRESS_OPS; i++)
		total += report->ops[i].failed;
	return total;
}

int report_status(const struct stress_report *report)
{
	if (report->mismatches)
		return EXIT_MISMATCH;
	if (report->io_errors || report->hangs)
		return EXIT_IO;
	return 0;
}

void report_summary(const struct stress_report *report)
{
	int status = report_status(report);
	u32 i;

	report_clear_progress();
	if (report->options->quiet && !status)
		return;
	for (i = 0; i < STRESS_OPS; i++)
		printf("%s %llu, ", stress_op_name(i),
		       report->ops[i].submitted);
	printf("%.3f s\n", report->seconds);
	if (report->power_cut)
		printf("power cut at request %llu.%llu\n",
		       (u64)report->options->settings.round,
		       report->cut_index);
	printf("%s: %llu blocks verified, %llu wrong; ",
	       status ? "FAILED" : "ok", report->verify_blocks,
	       report->mismatches);
	printf("%llu requests failed, %llu unexpectedly%s\n",
	       total_failed(report), report->io_errors,
	       report->hangs ? ", HANG" : "");
	if (report->unverified_blocks)
		printf("%llu blocks could not be read for verification\n",
		       report->unverified_blocks);
	fflush(stdout);
}

static void json_ops(const struct stress_report *report, FILE *file)
{
	const struct report_op *op;
	u32 i;

	fprintf(file, "  \"ops\": {\n");
	for (i = 0; i < STRESS_OPS; i++) {
		op = &report->ops[i];
		fprintf(file, "    \"%s\": {\"submitted\": %llu, ",
			stress_op_name(i), op->submitted);
		fprintf(file, "\"failed\": %llu, \"unsupported\": %llu, \"bytes\": %llu}%s\n",
			op->failed, op->unsupported, op->bytes,
			i + 1 < STRESS_OPS ? "," : "");
	}
	fprintf(file, "  },\n");
}

/* The texts contain nothing that JSON would want quoted. */
static void json_mismatches(const struct stress_report *report, FILE *file)
{
	u64 i, count = min_u64(report->mismatches, REPORT_KEPT);

	fprintf(file, "  \"mismatch\": [");
	for (i = 0; i < count; i++)
		fprintf(file, "%s\n    {\"block\": %llu, \"diagnosis\": \"%s\", \"found\": \"%s\"}",
			i ? "," : "", report->kept[i].block,
			report->kept[i].diagnosis, report->kept[i].found);
	fprintf(file, "%s],\n", count ? "\n  " : "");
}

int report_json(const struct stress_report *report, const char *path)
{
	const struct stress_settings *settings = &report->options->settings;
	FILE *file = fopen(path, "we");

	if (!file)
		goto failed;
	fprintf(file, "{\n  \"seed\": %llu,\n  \"round\": %u,\n",
		settings->seed, settings->round);
	fprintf(file, "  \"profile\": \"%s\",\n  \"device_bytes\": %llu,\n",
		stress_profile_name(settings->profile),
		settings->device_bytes);
	fprintf(file, "  \"requests\": %llu,\n  \"seconds\": %.6f,\n",
		report->generated, report->seconds);
	json_ops(report, file);
	json_mismatches(report, file);
	fprintf(file, "  \"mismatches\": %llu,\n  \"io_errors\": %llu,\n",
		report->mismatches, report->io_errors);
	fprintf(file, "  \"failed_requests\": %llu,\n  \"hangs\": %llu,\n",
		total_failed(report), report->hangs);
	fprintf(file, "  \"power_cut\": %s,\n",
		report->power_cut ? "true" : "false");
	fprintf(file, "  \"verified_blocks\": %llu,\n  \"unverified_blocks\": %llu,\n",
		report->verify_blocks, report->unverified_blocks);
	fprintf(file, "  \"status\": %d\n}\n", report_status(report));
	if (ferror(file) | fclose(file))
		goto failed;
	return 0;
failed:
	complain("%s: %s", path, strerror(errno));
	return -EIO;
}
