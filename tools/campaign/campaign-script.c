// SPDX-License-Identifier: GPL-2.0-only
/*
 * A scenario is a preparation, which always succeeds, and a few steps that are
 * watched. It is played again and again; each time something else goes wrong:
 *
 *	states	the power fails at event 1, 2, ... of the steps. What the cache
 *		had not given away yet could have survived in so many ways; each
 *		is made and checked. If they are more than asked for: so many by
 *		seed, and each in which every page of 4 KiB is all old or all new
 *	io	bio 1, 2, ... fails, once or from then on; every second time the
 *		power fails afterwards
 *	memory	allocation 1, 2, ... of this process fails
 *	driver	allocation 1, 2, ... of dm-fvd fails, in this or a worker thread
 *
 * until nothing goes wrong any more.
 *
 * I-SCR-1: all that a scenario does is the same each time, so that the numbers
 *	mean the same bio.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "campaign-base.h"
#include "campaign-dm.h"
#include "campaign-memory.h"
#include "campaign-round.h"
#include "campaign-script.h"

#define KIB		1024ULL
/*
 * Of virtual time. What could not be written is tried again after a second, and
 * nothing tells when writes fail for ever.
 */
#define PREFETCH_MS	3000
/* Filler, journal and metadata: dm-fvd writes whole pages, mostly. */
#define PAGE_SECTORS	8
/* 64 states; more pages are left to chance. */
#define PAGES_MAX	6

/** enum step - what a scenario does */
enum step_kind {
	STEP_END,
	STEP_WRITE,
	STEP_READ,
	STEP_DISCARD,
	STEP_ZERO,
	STEP_FLUSH,
	STEP_CHECKPOINT,
	STEP_COMMIT,
	STEP_OPEN,
	STEP_CLOSE,
	STEP_SUSPEND,		/* and resume */
	STEP_RELOAD,
	STEP_PREFETCH,		/* until it has nothing left to do */
	STEP_CUT,		/* keeps everything: what is left is recovery */
};

struct step {
	enum step_kind kind;
	uint32_t first_kib;
	uint32_t count_sectors;
};

struct scenario {
	const char *name;
	enum campaign_layout layout;
	bool base;
	bool copy_on_read;
	struct step prepare[10];
	struct step steps[10];
};

static const struct scenario scenarios[] = {
	{ "open", LAYOUT_COMPACT, true, false, { },
	  { { STEP_OPEN } } },
	{ "first-write", LAYOUT_COMPACT, true, false, { { STEP_OPEN } },
	  { { STEP_WRITE, 64, 8 }, { STEP_FLUSH } } },
	{ "first-write-flat", LAYOUT_FLAT, true, false, { { STEP_OPEN } },
	  { { STEP_WRITE, 65, 3 }, { STEP_FLUSH } } },
	{ "first-write-data", LAYOUT_DATA_DEVICE, true, false, { { STEP_OPEN } },
	  { { STEP_WRITE, 65, 3 }, { STEP_FLUSH } } },
	{ "write-flush-write", LAYOUT_COMPACT, true, false, { { STEP_OPEN } },
	  { { STEP_WRITE, 64, 4 }, { STEP_FLUSH }, { STEP_WRITE, 64, 4 },
	    { STEP_WRITE, 200, 2 } } },
	{ "discard-rewrite", LAYOUT_COMPACT, true, false,
	  { { STEP_OPEN }, { STEP_WRITE, 64, 16 }, { STEP_FLUSH } },
	  { { STEP_DISCARD, 64, 128 }, { STEP_WRITE, 66, 2 }, { STEP_FLUSH } } },
	{ "zero-rewrite", LAYOUT_COMPACT, true, false,
	  { { STEP_OPEN }, { STEP_WRITE, 64, 8 }, { STEP_FLUSH } },
	  { { STEP_ZERO, 64, 128 }, { STEP_FLUSH }, { STEP_WRITE, 66, 2 },
	    { STEP_WRITE, 0, 2 }, { STEP_FLUSH } } },
	{ "copy-on-read", LAYOUT_COMPACT, true, true, { { STEP_OPEN } },
	  { { STEP_READ, 0, 8 }, { STEP_COMMIT }, { STEP_READ, 0, 8 } } },
	{ "copy-on-read-write", LAYOUT_FLAT, true, true, { { STEP_OPEN } },
	  { { STEP_READ, 0, 8 }, { STEP_WRITE, 1, 2 }, { STEP_FLUSH } } },
	{ "copy-on-read-discard", LAYOUT_FLAT, true, true, { { STEP_OPEN } },
	  { { STEP_READ, 0, 8 }, { STEP_DISCARD, 0, 8 }, { STEP_READ, 0, 8 },
	    { STEP_FLUSH } } },
	{ "checkpoint", LAYOUT_COMPACT, true, false,
	  { { STEP_OPEN }, { STEP_WRITE, 64, 4 }, { STEP_FLUSH },
	    { STEP_WRITE, 128, 3 } },
	  { { STEP_CHECKPOINT } } },
	{ "checkpoint-data", LAYOUT_DATA_DEVICE, true, true,
	  { { STEP_OPEN }, { STEP_WRITE, 64, 4 }, { STEP_FLUSH },
	    { STEP_READ, 128, 3 } },
	  { { STEP_CHECKPOINT } } },
	{ "close", LAYOUT_COMPACT, true, false,
	  { { STEP_OPEN }, { STEP_WRITE, 64, 4 }, { STEP_FLUSH },
	    { STEP_WRITE, 128, 3 } },
	  { { STEP_CLOSE } } },
	{ "suspend", LAYOUT_FLAT, true, true,
	  { { STEP_OPEN }, { STEP_WRITE, 64, 4 }, { STEP_READ, 128, 8 } },
	  { { STEP_SUSPEND }, { STEP_WRITE, 128, 2 }, { STEP_FLUSH } } },
	{ "reload", LAYOUT_COMPACT, true, true,
	  { { STEP_OPEN }, { STEP_WRITE, 64, 4 }, { STEP_READ, 128, 8 } },
	  { { STEP_RELOAD }, { STEP_WRITE, 128, 2 }, { STEP_FLUSH } } },
	{ "recovery", LAYOUT_COMPACT, true, false,
	  { { STEP_OPEN }, { STEP_WRITE, 64, 4 }, { STEP_DISCARD, 128, 128 },
	    { STEP_FLUSH }, { STEP_WRITE, 130, 3 }, { STEP_FLUSH },
	    { STEP_CUT } },
	  { { STEP_OPEN } } },
	{ "complete", LAYOUT_FLAT, true, true,
	  { { STEP_OPEN }, { STEP_READ, 0, 256 } },
	  { { STEP_READ, 128, 256 }, { STEP_WRITE, 4, 2 }, { STEP_CHECKPOINT },
	    { STEP_CLOSE } } },
	{ "prefetch", LAYOUT_COMPACT, true, false,
	  { { STEP_OPEN }, { STEP_WRITE, 65, 3 }, { STEP_FLUSH } },
	  { { STEP_PREFETCH }, { STEP_WRITE, 130, 2 }, { STEP_FLUSH } } },
	{ "prefetch-flat", LAYOUT_FLAT, true, false, { { STEP_OPEN } },
	  { { STEP_PREFETCH }, { STEP_CLOSE } } },
	{ "prefetch-data", LAYOUT_DATA_DEVICE, true, true,
	  { { STEP_OPEN }, { STEP_READ, 0, 8 }, { STEP_WRITE, 65, 3 } },
	  { { STEP_PREFETCH }, { STEP_RELOAD }, { STEP_READ, 200, 8 } } },
};

struct walk {
	struct campaign campaign;
	const struct script_options *options;
	const struct scenario *scenario;
	uint64_t number;	/* of requests; the same in each play */
	uint64_t runs;
	uint64_t events;	/* at which the power was cut */
	uint64_t sampled;	/* of them, with more states than were made */
	uint64_t pages;		/* of these, with all states of whole pages */
};

/**
 * struct states - what a cut could have left
 * @all: how many
 * @page_sectors: of whole pages of which each sector is old or new; 0: others
 */
struct states {
	uint64_t all;
	uint64_t page_sectors;
};

/* One request by the engine, which tells the oracle. */
struct one {
	struct stress_request request;
	bool sent;
};

static bool one_next(void *context, struct stress_request *request)
{
	struct one *one = context;

	if (one->sent)
		return false;
	one->sent = true;
	*request = one->request;
	return true;
}

static const enum stress_op ops[] = {
	[STEP_WRITE] = STRESS_WRITE, [STEP_READ] = STRESS_READ,
	[STEP_DISCARD] = STRESS_DISCARD, [STEP_ZERO] = STRESS_ZERO,
	[STEP_FLUSH] = STRESS_FLUSH,
};

static int send(struct walk *walk, const struct step *step)
{
	struct one one = {
		.request = {
			.number = stress_number(1, walk->number++),
			.op = ops[step->kind],
			.depth = 1,
			.first = step->first_kib * KIB / SECTOR_BYTES,
			.count = step->count_sectors,
		},
	};

	if (!walk->campaign.stack.disk_is_there)
		return 0;
	return play_source(&walk->campaign.play, one_next, &one, PLAY_ERRORS);
}

static void reload(struct walk *walk, bool new_table)
{
	struct campaign_stack *stack = &walk->campaign.stack;

	if (!stack->disk_is_there)
		return;
	if (new_table)
		dm_load("disk", stack->config->disk_bytes / SECTOR_BYTES,
			"fvd", stack->params, false);
	dm_suspend("disk", false);
	if (!dm_resume("disk"))
		return;
	/* It failed: no way to go on but by a new start. */
	dm_remove("disk");
	stack->disk_is_there = false;
}

static int play_step(struct walk *walk, const struct step *step)
{
	struct campaign_stack *stack = &walk->campaign.stack;
	struct stack_facts facts;

	switch (step->kind) {
	case STEP_OPEN:
		stack_open(stack, false);
		return 0;
	case STEP_CLOSE:
		stack_close(stack);
		return 0;
	case STEP_CHECKPOINT:
		dm_message("disk", "checkpoint", NULL, 0);
		return 0;
	case STEP_COMMIT:
		dm_message("disk", "commit", NULL, 0);
		return 0;
	case STEP_SUSPEND:
	case STEP_RELOAD:
		reload(walk, step->kind == STEP_RELOAD);
		return 0;
	case STEP_PREFETCH:
		dm_message("disk", "prefetch start", NULL, 0);
		base_wait_complete(&facts, PREFETCH_MS);
		return 0;
	case STEP_CUT:
		stack_sim("power_cut keep all");
		if (stack_close(stack) || stack_sim("power_on"))
			return -1;
		oracle_power_cut(walk->campaign.play.oracle);
		return 0;
	default:
		return send(walk, step);
	}
}

static int play_steps(struct walk *walk, const struct step *steps)
{
	for (; steps->kind != STEP_END; steps++)
		if (play_step(walk, steps))
			return -1;
	return 0;
}

static int prepare(struct walk *walk)
{
	struct campaign *campaign = &walk->campaign;

	walk->number = 1;
	walk->runs++;
	if (stack_make(&campaign->stack, &campaign->config) ||
	    play_begin(&campaign->play, &campaign->config) ||
	    play_steps(walk, walk->scenario->prepare))
		return campaign_failed(campaign, "preparation");
	return 0;
}

/* After the steps: is the disk what it should be? */
static int examine(struct walk *walk, bool clean_close)
{
	struct campaign *campaign = &walk->campaign;
	int r = campaign_recover(campaign, clean_close, 0);

	if (stack_release(&campaign->stack) && !r)
		r = campaign_failed(campaign, "the disk can not be removed");
	play_end(&campaign->play);
	return r;
}

/* How many events of the steps a simulated disk sees if nothing goes wrong. */
static int count_events(struct walk *walk, const char *device,
			uint64_t *events)
{
	char answer[400] = "", *at;

	campaign_say(&walk->campaign, "%s: undisturbed", walk->scenario->name);
	walk->campaign.kind = ROUND_LOAD;
	if (prepare(walk))
		return -1;
	stack_rule(device, "op=any,pass");
	if (play_steps(walk, walk->scenario->steps))
		return campaign_failed(&walk->campaign, "in the steps");
	dm_message(device, "rules", answer, sizeof(answer));
	at = strstr(answer, "matched ");
	*events = at ? strtoull(at + 8, NULL, 10) : 0;
	stack_calm(&walk->campaign.stack);
	if (stack_close(&walk->campaign.stack))
		return campaign_failed(&walk->campaign, "close");
	return examine(walk, true);
}

/* A thread that waits until a bio is held, then cuts the power. */
struct cutter {
	pthread_t thread;
	const char *device;
	char how[60];
	char answer[200];
	int stop;
	bool is_cut;
};

static void *cutter_run(void *context)
{
	struct cutter *cutter = context;

	while (dm_message(cutter->device, "wait_break 20", NULL, 0))
		if (__atomic_load_n(&cutter->stop, __ATOMIC_RELAXED))
			return NULL;
	cutter->is_cut = !dm_message("s-image", cutter->how, cutter->answer,
				     sizeof(cutter->answer));
	return NULL;
}

/* How many sectors there are two versions of each, in whole pages; or 0. */
static uint64_t page_sectors_of(const char *answer, uint64_t states)
{
	const char *at = strstr(answer, "blocks ");
	uint64_t sectors = at ? strtoull(at + 7, NULL, 10) : 0;

	return sectors < 64 && !(sectors % PAGE_SECTORS) &&
		states == 1ULL << sectors ? sectors : 0;
}

/* The number of the state in which the pages of @pages' bits are new. */
static uint64_t state_of_pages(uint64_t pages)
{
	const uint64_t page = (1ULL << PAGE_SECTORS) - 1;
	uint64_t state = 0;
	uint32_t i;

	for (i = 0; i < 64 / PAGE_SECTORS; i++)
		if (pages >> i & 1)
			state |= page << (i * PAGE_SECTORS);
	return state;
}

static uint64_t states_of(const char *answer)
{
	const char *at = strstr(answer, "states ");

	if (!at)
		return 0;
	return strstr(at, "astronomical") ? UINT64_MAX :
		strtoull(at + 7, NULL, 10);
}

/* The power fails with event @nth of a disk in flight. */
static int play_cut(struct walk *walk, const char *device, uint64_t nth,
		    const char *how, struct states *states)
{
	struct campaign *campaign = &walk->campaign;
	struct cutter cutter = { .device = device };
	int r;

	campaign_say(campaign, "%s: cut at event %llu of %s, %s",
		     walk->scenario->name, (unsigned long long)nth, device,
		     how);
	campaign->kind = ROUND_LOAD;
	snprintf(cutter.how, sizeof(cutter.how), "power_cut %s", how);
	if (prepare(walk))
		return -1;
	stack_rule(device, "op=any,nth=%llu,break", (unsigned long long)nth);
	if (pthread_create(&cutter.thread, NULL, cutter_run, &cutter))
		return campaign_failed(campaign, "thread");
	r = play_steps(walk, walk->scenario->steps);
	__atomic_store_n(&cutter.stop, 1, __ATOMIC_RELAXED);
	pthread_join(cutter.thread, NULL);
	if (r)
		return campaign_failed(campaign, "in the steps");
	states->all = cutter.is_cut ? states_of(cutter.answer) : 0;
	states->page_sectors = page_sectors_of(cutter.answer, states->all);
	if (campaign_cut(campaign))
		return -1;
	return examine(walk, false);
}

/* Each page old or new, the others too; both ends were made already. */
static int walk_pages_at(struct walk *walk, const char *device, uint64_t nth,
			 uint64_t sectors)
{
	uint64_t count = 1ULL << (sectors / PAGE_SECTORS), k;
	struct states unused;
	char how[40];

	for (k = 1; k + 1 < count; k++) {
		snprintf(how, sizeof(how), "state %llu",
			 (unsigned long long)state_of_pages(k));
		if (play_cut(walk, device, nth, how, &unused))
			return -1;
	}
	return 0;
}

/* All states that a cut at this event can leave, or samples of them. */
static int walk_states_at(struct walk *walk, const char *device, uint64_t nth)
{
	uint64_t samples = walk->options->samples, k;
	struct states states, unused;
	char how[40];

	if (play_cut(walk, device, nth, "keep none", &states) ||
	    play_cut(walk, device, nth, "keep all", &unused))
		return -1;
	for (k = 0; k < states.all && k < samples; k++) {
		snprintf(how, sizeof(how), states.all > samples ? "seed %llu" :
			 "state %llu", (unsigned long long)k);
		if (play_cut(walk, device, nth, how, &unused))
			return -1;
	}
	walk->events++;
	if (states.all <= samples)
		return 0;
	walk->sampled++;
	if (!states.page_sectors ||
	    states.page_sectors > PAGES_MAX * PAGE_SECTORS)
		return 0;
	walk->pages++;
	return walk_pages_at(walk, device, nth, states.page_sectors);
}

static int walk_states(struct walk *walk, const char *device)
{
	uint64_t events, nth;

	if (count_events(walk, device, &events))
		return -1;
	for (nth = 1; nth <= events; nth++)
		if (walk_states_at(walk, device, nth))
			return -1;
	return 0;
}

/* Bio @nth fails, and those after it too if it is @for_ever; then maybe a cut. */
static int play_error(struct walk *walk, const char *device, uint64_t nth,
		      bool for_ever, bool cut)
{
	struct campaign *campaign = &walk->campaign;

	campaign_say(campaign, "%s: bio %llu of %s fails %s, %s",
		     walk->scenario->name, (unsigned long long)nth, device,
		     for_ever ? "for ever" : "once", cut ? "cut" : "close");
	campaign->kind = ROUND_ERRORS;
	if (prepare(walk))
		return -1;
	if (for_ever)
		stack_rule(device, "op=any,after=%llu,error",
			   (unsigned long long)nth - 1);
	else
		stack_rule(device, "op=any,nth=%llu,error",
			   (unsigned long long)nth);
	if (play_steps(walk, walk->scenario->steps))
		return campaign_failed(campaign, "in the steps");
	stack_calm(&campaign->stack);
	if (cut) {
		stack_sim("power_cut keep none");
		if (campaign_cut(campaign))
			return -1;
	} else if (stack_close(&campaign->stack)) {
		return campaign_failed(campaign, "close");
	}
	return examine(walk, !cut);
}

static int walk_io(struct walk *walk, const char *device)
{
	uint64_t events, nth;
	uint32_t way;

	if (count_events(walk, device, &events))
		return -1;
	for (nth = 1; nth <= events; nth++)
		for (way = 0; way < 4; way++)
			if (play_error(walk, device, nth, way & 1, way & 2))
				return -1;
	return 0;
}

/* Return: 1 if there was no such allocation. */
static int play_memory(struct walk *walk, enum memory_user user, uint64_t nth)
{
	struct campaign *campaign = &walk->campaign;
	bool is_left;
	int r;

	campaign_say(campaign, "%s: allocation %llu%s fails",
		     walk->scenario->name, (unsigned long long)nth,
		     user == MEMORY_OF_DRIVER ? " of dm-fvd" : "");
	campaign->kind = ROUND_ERRORS;
	if (prepare(walk))
		return -1;
	memory_fail(user, nth);
	r = play_steps(walk, walk->scenario->steps);
	is_left = memory_end(user);
	/* Not even io_uring may be there; that is no news. */
	if (r && (campaign->play.report->mismatches ||
		  campaign->play.report->hangs))
		return campaign_failed(campaign, "in the steps");
	campaign->stack.disk_is_there = true;
	if (dm_remove("disk"))
		return campaign_failed(campaign, "close");
	campaign->stack.disk_is_there = false;
	campaign->stack.is_kept = false;
	return examine(walk, true) ? -1 : is_left;
}

static int walk_allocations(struct walk *walk, const char *device,
			    enum memory_user user)
{
	uint64_t nth;
	int r = 0;

	if (strcmp(device, "s-image"))
		return 0;
	if (memory_begin(user))
		return campaign_failed(&walk->campaign,
				       "no failing allocations in this kernel");
	for (nth = 1; !r; nth++)
		r = play_memory(walk, user, nth);
	return r < 0 ? -1 : 0;
}

static int walk_memory(struct walk *walk, const char *device)
{
	return walk_allocations(walk, device, MEMORY_OF_CALLER);
}

static int walk_driver(struct walk *walk, const char *device)
{
	return walk_allocations(walk, device, MEMORY_OF_DRIVER);
}

static const struct {
	const char *name;
	int (*walk)(struct walk *walk, const char *device);
} modes[] = {
	{ "states", walk_states },
	{ "io", walk_io },
	{ "memory", walk_memory },
	{ "driver", walk_driver },
};

static void configure(struct walk *walk)
{
	struct campaign_config *config = &walk->campaign.config;
	const struct scenario *scenario = walk->scenario;

	memset(config, 0, sizeof(*config));
	config->seed = 1;
	config->layout = scenario->layout;
	config->disk_bytes = 256 * KIB;
	config->base_bytes = scenario->base ? 256 * KIB - 1024 : 0;
	config->sector_bytes = SECTOR_BYTES;
	config->block_bytes = 4096;
	config->chunk_bytes = 64 * KIB;
	config->journal_bytes = 64 * KIB;
	config->cache_bytes = 16 << 20;
	config->commit_ms = 3600000;
	config->copy_on_read = scenario->copy_on_read;
	config->copy_on_read_limit = 8 << 20;
	config->fetch_window = 4096;
	config->prefetch.delay_s = -1;
	config->prefetch.slots = 2;
	config->prefetch.slot_bytes = 64 * KIB;
	config->prefetch.max_kib_per_s = 1000000000;
	config->retry_limit = 3;
	config->discard = true;
	config->depth = 4;
}

static int walk_one(struct walk *walk, uint32_t mode)
{
	static const char * const devices[] = { "s-image", "s-data", "s-base" };
	uint64_t runs = walk->runs;
	uint32_t i;
	int r = 0;

	configure(walk);
	walk->events = 0;
	walk->sampled = 0;
	walk->pages = 0;
	for (i = 0; i < ARRAY_SIZE(devices) && !r; i++) {
		if (i == 1 && walk->scenario->layout != LAYOUT_DATA_DEVICE)
			continue;
		if (i == 2 && (!walk->scenario->base || !mode))
			continue;
		r = modes[mode].walk(walk, devices[i]);
	}
	if (r) {
		walk->campaign.stack.disk_is_there = false;
		stack_unmake(&walk->campaign.stack);
	}
	printf("%s %s %s (%llu runs", r ? "not ok" : "ok", modes[mode].name,
	       walk->scenario->name, (unsigned long long)(walk->runs - runs));
	if (walk->events)
		printf("; cut at %llu events, all states of %llu, of whole pages of %llu",
		       (unsigned long long)walk->events,
		       (unsigned long long)(walk->events - walk->sampled),
		       (unsigned long long)walk->pages);
	printf(")\n");
	fflush(stdout);
	return r;
}

static bool is_wanted(const char *list, const char *name)
{
	char copy[300], *at = copy, *word;

	snprintf(copy, sizeof(copy), "%s", list);
	while ((word = strsep(&at, ",")))
		if (!strcmp(word, "all") || !strcmp(word, name))
			return true;
	return false;
}

int script_run(const struct script_options *options)
{
	struct walk walk = { .options = options };
	uint32_t i, mode, passed = 0, failed = 0;

	for (mode = 0; mode < ARRAY_SIZE(modes); mode++) {
		if (!is_wanted(options->mode, modes[mode].name))
			continue;
		for (i = 0; i < ARRAY_SIZE(scenarios); i++) {
			walk.scenario = &scenarios[i];
			if (!is_wanted(options->names, scenarios[i].name))
				continue;
			if (walk_one(&walk, mode))
				failed++;
			else
				passed++;
			if (failed && options->first)
				goto out;
		}
	}
out:
	printf("%u passed, %u failed, %llu states\n", passed, failed,
	       (unsigned long long)walk.campaign.states);
	return failed ? -1 : 0;
}
