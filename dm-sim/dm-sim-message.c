// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages: everything that can be changed or asked while the device runs.
 *
 * I-MSG-1: a message is checked whole before anything changes. What was wrong
 * goes to the kernel log and is given by the message "error".
 * I-MSG-2: an answer never exceeds the buffer, because dm would send the
 * message again with a larger one. Long answers say from where to go on.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "dm-sim.h"

struct sim_call {
	struct sim_device *sim;
	struct sim_rail *rail;
	u32 argc;		/* words after the name of the message */
	char **argv;
	struct sim_text *answer;
	struct sim_text *why;
};

static int sim_call_number(struct sim_call *call, u32 index, u64 most, u64 *value)
{
	int r = sim_text_to_u64(call->argv[index], value);

	if (!r && *value <= most)
		return 0;
	sim_text_add(call->why, "argument %u \"%.40s\": expected a number up to %llu",
		     index + 1, call->argv[index], most);
	return -EINVAL;
}

static int sim_call_unknown(struct sim_call *call, u32 index, const char *expected)
{
	sim_text_add(call->why, "argument %u \"%.40s\": expected %s", index + 1,
		     call->argv[index], expected);
	return -EINVAL;
}

/*
 * Rules
 */

static struct sim_rule *sim_device_find_rule(struct sim_device *sim, u32 tag)
{
	struct sim_rule *rule;

	list_for_each_entry(rule, &sim->rules, list) {
		if (rule->tag == tag)
			return rule;
	}
	return NULL;
}

/* Returns the tag, or -EEXIST; @old: the rule that was replaced. */
static s64 sim_device_link_rule(struct sim_device *sim, struct sim_rule *rule,
				bool replace, struct sim_rule **old)
{
	*old = NULL;
	if (rule->tag)
		*old = sim_device_find_rule(sim, rule->tag);
	if (*old && !replace)
		return -EEXIST;
	if (!rule->tag) {
		do {
			rule->tag = ++sim->last_tag;
		} while (!rule->tag || sim_device_find_rule(sim, rule->tag));
	}
	if (*old) {
		list_replace_init(&(*old)->list, &rule->list);
		return rule->tag;
	}
	list_add_tail(&rule->list, &sim->rules);
	sim->rule_count++;
	return rule->tag;
}

static s64 sim_device_insert_rule(struct sim_device *sim, struct sim_rule *rule,
				  bool replace, struct sim_rule **old)
{
	s64 r;

	/* The constructor has no rail yet, and nobody else knows the device. */
	if (!sim->rail)
		return sim_device_link_rule(sim, rule, replace, old);
	spin_lock_irq(&sim->rail->lock);
	r = sim_device_link_rule(sim, rule, replace, old);
	sim_rail_update_direct(sim->rail);
	spin_unlock_irq(&sim->rail->lock);
	return r;
}

s64 sim_device_add_rule(struct sim_device *sim, const char *word, u32 tag,
			struct sim_text *why)
{
	struct sim_rule *rule = kmalloc(sizeof(*rule), GFP_KERNEL);
	struct sim_rule *old;
	s64 r;

	if (!rule)
		return -ENOMEM;
	r = sim_rule_parse(rule, word, why);
	if (r) {
		kfree(rule);
		return r;
	}
	if (tag)
		rule->tag = tag;
	r = sim_device_insert_rule(sim, rule, tag, &old);
	if (r < 0) {
		sim_text_add(why, "there is a rule with tag %u already", rule->tag);
		kfree(rule);
		return r;
	}
	kfree(old);
	return r;
}

static void sim_device_unlink_rules(struct sim_device *sim, u32 tag,
				    struct list_head *gone)
{
	struct sim_rule *rule, *next;

	list_for_each_entry_safe(rule, next, &sim->rules, list) {
		if (tag && rule->tag != tag)
			continue;
		list_move_tail(&rule->list, gone);
		sim->rule_count--;
	}
}

int sim_device_del_rules(struct sim_device *sim, u32 tag)
{
	struct sim_rule *rule, *next;
	LIST_HEAD(gone);

	if (sim->rail) {
		spin_lock_irq(&sim->rail->lock);
		sim_device_unlink_rules(sim, tag, &gone);
		sim_rail_update_direct(sim->rail);
		spin_unlock_irq(&sim->rail->lock);
	} else {
		sim_device_unlink_rules(sim, tag, &gone);
	}
	if (tag && list_empty(&gone))
		return -ENOENT;
	list_for_each_entry_safe(rule, next, &gone, list)
		kfree(rule);
	return 0;
}

static int sim_call_rule(struct sim_call *call)
{
	struct sim_device *sim = call->sim;
	u64 tag = 0;
	s64 r;

	if (!strcmp(call->argv[0], "add")) {
		r = sim_device_add_rule(sim, call->argv[1], 0, call->why);
		if (r < 0)
			return r;
		sim_text_add(call->answer, "%lld\n", r);
		return 0;
	}
	if (strcmp(call->argv[0], "del"))
		return sim_call_unknown(call, 0, "add or del");
	if (strcmp(call->argv[1], "all")) {
		r = sim_call_number(call, 1, U32_MAX - 1, &tag);
		if (r)
			return r;
		if (!tag || sim_device_del_rules(sim, tag)) {
			sim_text_add(call->why, "there is no rule with tag %llu",
				     tag);
			return -ENOENT;
		}
		return 0;
	}
	return sim_device_del_rules(sim, 0);
}

static int sim_call_rules(struct sim_call *call)
{
	struct sim_rule *rule;

	spin_lock_irq(&call->rail->lock);
	list_for_each_entry(rule, &call->sim->rules, list) {
		sim_rule_print(rule, call->answer);
		sim_text_add(call->answer, " matched %llu fired %llu\n",
			     rule->matched, rule->fired);
	}
	spin_unlock_irq(&call->rail->lock);
	return 0;
}

/* fail_nth N [TERMS]: the loop over every I/O of an operation. */
static int sim_call_fail_nth(struct sim_call *call)
{
	const char *terms = call->argc > 1 ? call->argv[1] : "op=any";
	struct sim_rule rule;
	char word[256];
	u64 nth;
	s64 r;

	r = sim_call_number(call, 0, U64_MAX, &nth);
	if (r)
		return r;
	if (!nth) {
		r = sim_device_del_rules(call->sim, SIM_TAG_FAIL_NTH);
		return r == -ENOENT ? 0 : r;
	}
	r = sim_rule_parse(&rule, terms, call->why);
	if (r)
		return r;
	/* Another fate than an error may be asked for: cut, lose, hold, ... */
	if (snprintf(word, sizeof(word), "nth=%llu,%s%s", nth, terms,
		     rule.action == SIM_ACTION_PASS ? ",error" : "") >= sizeof(word)) {
		sim_text_add(call->why, "argument 2 is too long");
		return -EINVAL;
	}
	r = sim_device_add_rule(call->sim, word, SIM_TAG_FAIL_NTH, call->why);
	return r < 0 ? r : 0;
}

static int sim_call_break(struct sim_call *call)
{
	char word[256];
	s64 r;

	if (snprintf(word, sizeof(word), "%s,break,count=1",
		     call->argv[0]) >= sizeof(word)) {
		sim_text_add(call->why, "argument 1 is too long");
		return -EINVAL;
	}
	r = sim_device_add_rule(call->sim, word, 0, call->why);
	if (r < 0)
		return r;
	sim_text_add(call->answer, "%lld\n", r);
	return 0;
}

static int sim_call_set_state(struct sim_call *call)
{
	u64 state;
	int r = sim_call_number(call, 0, SIM_STATES_MAX - 1, &state);

	if (r)
		return r;
	spin_lock_irq(&call->rail->lock);
	call->sim->state = state;
	spin_unlock_irq(&call->rail->lock);
	return 0;
}

/*
 * Settings
 */

int sim_device_set_cache(struct sim_device *sim, u64 bytes)
{
	if (bytes > SIM_CACHE_BYTES_MAX || (bytes && bytes < SIM_CACHE_BYTES_MIN))
		return -ERANGE;
	if (bytes < sim->cache_used_bytes && sim_effect_destage(sim, U64_MAX))
		return -EIO;
	spin_lock_irq(&sim->rail->lock);
	sim->cache_bytes = bytes;
	sim_rail_update_direct(sim->rail);
	spin_unlock_irq(&sim->rail->lock);
	return 0;
}

static int sim_call_cache(struct sim_call *call)
{
	u64 bytes;
	int r = sim_call_number(call, 0, SIM_CACHE_BYTES_MAX, &bytes);

	if (r)
		return r;
	r = sim_device_set_cache(call->sim, bytes);
	if (r == -ERANGE)
		sim_text_add(call->why, "argument 1: expected 0 or at least %d bytes",
			     SIM_CACHE_BYTES_MIN);
	else if (r)
		sim_text_add(call->why, "the lower device failed");
	return r;
}

static int sim_call_mode(struct sim_call *call)
{
	int mode = sim_text_index(call->argv[0], strlen(call->argv[0]),
				  sim_mode_names, SIM_MODE_COUNT);

	if (mode < 0)
		return sim_call_unknown(call, 0, "pass, auto or manual");
	spin_lock_irq(&call->rail->lock);
	call->rail->mode = mode;
	sim_rail_update_direct(call->rail);
	spin_unlock_irq(&call->rail->lock);
	return 0;
}

static int sim_call_max_delay_us(struct sim_call *call)
{
	u64 value;
	int r = sim_call_number(call, 0, SIM_DELAY_US_LIMIT, &value);

	if (!r)
		WRITE_ONCE(call->rail->max_delay_us, value);
	return r;
}

static int sim_call_pending(struct sim_call *call)
{
	sim_text_add(call->why, "%u bios are pending: a run can not begin now",
		     call->rail->pending);
	return -EBUSY;
}

/* seed N: also the begin of a new run, as numbers and hashes start again. */
static int sim_call_seed(struct sim_call *call)
{
	u64 seed;
	int r = sim_call_number(call, 0, U64_MAX, &seed);

	if (r)
		return r;
	spin_lock_irq(&call->rail->lock);
	if (call->rail->pending) {
		r = -EBUSY;
	} else {
		call->rail->seed = seed;
		sim_rail_restart(call->rail);
	}
	spin_unlock_irq(&call->rail->lock);
	return r ? sim_call_pending(call) : 0;
}

static int sim_call_damage(struct sim_call *call)
{
	u32 damage = 0;
	u32 i;

	for (i = 0; i < call->argc; i++) {
		if (!strcmp(call->argv[i], "torn"))
			damage |= SIM_DAMAGE_TORN;
		else if (!strcmp(call->argv[i], "garbage"))
			damage |= SIM_DAMAGE_GARBAGE;
		else if (strcmp(call->argv[i], "none"))
			return sim_call_unknown(call, i, "torn, garbage or none");
	}
	call->sim->damage = damage;
	return 0;
}

static int sim_call_trace_switch(struct sim_call *call, bool traced)
{
	spin_lock_irq(&call->rail->lock);
	call->sim->traced = traced;
	sim_rail_update_direct(call->rail);
	spin_unlock_irq(&call->rail->lock);
	return 0;
}

/*
 * Manual mode
 */

static void sim_call_list_one(struct sim_call *call, struct sim_io *io)
{
	sim_text_add(call->answer, "%llu %s %s %llu %u %u %s %s\n",
		     io->request.number,
		     io->phase == SIM_PHASE_EFFECT ? "effect" : "complete",
		     sim_op_names[io->request.op], io->request.sector,
		     io->request.sectors, io->request.device,
		     io->held ? "held" : "waiting",
		     sim_action_names[io->decision.action]);
}

/* So much of the answer is kept free for "more" and for a last line. */
#define SIM_ANSWER_SPARE_BYTES 256

static bool sim_call_full(struct sim_call *call)
{
	return call->answer->used_bytes + SIM_ANSWER_SPARE_BYTES >
	       call->answer->size_bytes;
}

static int sim_call_list(struct sim_call *call)
{
	struct sim_event *event;

	spin_lock_irq(&call->rail->lock);
	list_for_each_entry(event, &call->rail->queue, list) {
		if (sim_call_full(call)) {
			sim_text_add(call->answer, "more\n");
			break;
		}
		sim_call_list_one(call, container_of(event, struct sim_io, event));
	}
	spin_unlock_irq(&call->rail->lock);
	return 0;
}

static int sim_call_no_bio(struct sim_call *call, u64 number)
{
	sim_text_add(call->why, "bio %llu is not pending", number);
	return -ENOENT;
}

/* Take the first pending bio that nothing holds. */
static struct sim_io *sim_call_take_free(struct sim_rail *rail)
{
	struct sim_event *event;
	u64 number = 0;

	spin_lock_irq(&rail->lock);
	list_for_each_entry(event, &rail->queue, list) {
		if (container_of(event, struct sim_io, event)->held)
			continue;
		number = event->number;
		break;
	}
	spin_unlock_irq(&rail->lock);
	/* Under exec nobody else takes it meanwhile. */
	return number ? sim_engine_take(rail, number) : NULL;
}

/* step ID | next | all */
static int sim_call_step(struct sim_call *call)
{
	bool all = !strcmp(call->argv[0], "all");
	struct sim_io *io;
	u64 number, steps = 0;
	int r;

	if (!all && strcmp(call->argv[0], "next")) {
		r = sim_call_number(call, 0, U64_MAX, &number);
		if (r)
			return r;
		io = number ? sim_engine_take(call->rail, number) : NULL;
		if (!io)
			return sim_call_no_bio(call, number);
		sim_engine_step(call->rail, io);
		return 0;
	}
	while ((!steps || all) && (io = sim_call_take_free(call->rail)) != NULL) {
		number = io->request.number;
		sim_engine_step(call->rail, io);
		steps++;
		cond_resched();
	}
	if (all)
		sim_text_add(call->answer, "%llu\n", steps);
	else if (steps)
		sim_text_add(call->answer, "%llu\n", number);
	return 0;
}

/* Let a bio go: what is left of it happens now, or in its turn. */
static int sim_call_release_one(struct sim_call *call, u64 number)
{
	struct sim_rail *rail = call->rail;
	struct sim_io *io = sim_engine_take(rail, number);
	bool manual = rail->mode == SIM_MODE_MANUAL;

	if (!io)
		return -ENOENT;
	io->held = false;
	if (manual) {
		if (io->phase == SIM_PHASE_EFFECT) {
			sim_engine_step(rail, io);
			io = sim_engine_take(rail, number);
		}
		if (io)
			sim_engine_step(rail, io);
		return 0;
	}
	spin_lock_irq(&rail->lock);
	sim_schedule_insert(&rail->queue, &io->event);
	rail->pending++;
	spin_unlock_irq(&rail->lock);
	sim_rail_kick(rail);
	return 0;
}

static void sim_call_release_all(struct sim_call *call)
{
	struct sim_event *event;
	u64 number;

	do {
		number = 0;
		spin_lock_irq(&call->rail->lock);
		list_for_each_entry(event, &call->rail->queue, list) {
			if (!container_of(event, struct sim_io, event)->held)
				continue;
			number = event->number;
			break;
		}
		spin_unlock_irq(&call->rail->lock);
	} while (number && !sim_call_release_one(call, number));
}

static int sim_call_release(struct sim_call *call)
{
	u64 number;
	int r;

	if (!strcmp(call->argv[0], "all")) {
		sim_call_release_all(call);
		return 0;
	}
	r = sim_call_number(call, 0, U64_MAX, &number);
	if (r)
		return r;
	if (!number || sim_call_release_one(call, number))
		return sim_call_no_bio(call, number);
	return 0;
}

static int sim_call_fail(struct sim_call *call)
{
	struct sim_io *io;
	u64 number;
	int status;
	int r = sim_call_number(call, 0, U64_MAX, &number);

	if (r)
		return r;
	status = sim_status_parse(call->argv[1], strlen(call->argv[1]));
	if (status < 0)
		return sim_call_unknown(call, 1, "a status such as ioerr, medium or ENOSPC");
	io = number ? sim_engine_take(call->rail, number) : NULL;
	if (!io)
		return sim_call_no_bio(call, number);
	io->status = status;
	sim_engine_finish(call->rail, io);
	return 0;
}

/* Find a bio that a break stopped and that was not told about; tell. */
static bool sim_call_announce(struct sim_call *call)
{
	struct sim_event *event;
	bool found = false;

	spin_lock_irq(&call->rail->lock);
	list_for_each_entry(event, &call->rail->queue, list) {
		struct sim_io *io = container_of(event, struct sim_io, event);

		if (!io->held || io->announced ||
		    io->decision.action != SIM_ACTION_BREAK)
			continue;
		io->announced = true;
		sim_call_list_one(call, io);
		found = true;
		break;
	}
	spin_unlock_irq(&call->rail->lock);
	return found;
}

/*
 * Meanwhile dm keeps all tables of the device, the inactive one, too: who
 * replaces that waits. So a wait must end by a signal and at a suspend.
 */
#define SIM_WAIT_MS_DEFAULT 10000
#define SIM_WAIT_MS_MAX 3600000

static int sim_call_wait(struct sim_call *call, u64 *milliseconds)
{
	*milliseconds = SIM_WAIT_MS_DEFAULT;
	if (!call->argc)
		return 0;
	return sim_call_number(call, 0, SIM_WAIT_MS_MAX, milliseconds);
}

static int sim_call_waited(struct sim_call *call, long r, const char *event)
{
	if (r > 0 && !call->sim->stopping)
		return 0;
	if (r < 0)
		return r;
	sim_text_add(call->why, "%s", call->sim->stopping ?
		     "the device is being suspended" : event);
	return call->sim->stopping ? -EINTR : -ETIMEDOUT;
}

static int sim_call_wait_break(struct sim_call *call)
{
	u64 milliseconds;
	long r = sim_call_wait(call, &milliseconds);

	if (r)
		return r;
	r = wait_event_interruptible_timeout(call->rail->wait,
					     call->sim->stopping ||
					     sim_call_announce(call),
					     msecs_to_jiffies(milliseconds) + 1);
	return sim_call_waited(call, r, "no bio met a break");
}

/* wait_power_cut [MS]: until a rule has cut the power. */
static int sim_call_wait_power_cut(struct sim_call *call)
{
	u64 milliseconds;
	long r = sim_call_wait(call, &milliseconds);

	if (r)
		return r;
	r = wait_event_interruptible_timeout(call->rail->wait,
					     call->sim->stopping ||
					     !READ_ONCE(call->rail->powered),
					     msecs_to_jiffies(milliseconds) + 1);
	return sim_call_waited(call, r, "the power did not fail");
}

/*
 * Power
 */

static int sim_call_power_cut(struct sim_call *call)
{
	struct sim_cut_result result;
	struct sim_cut cut;
	int r;

	r = sim_cut_parse(&cut, call->argc, call->argv, call->rail->seed,
			  call->why);
	if (r)
		return r;
	r = sim_power_cut(call->rail, &cut, &result, call->why);
	if (r)
		return r;
	sim_text_add(call->answer,
		     "unflushed %llu blocks %llu kept %llu torn %llu garbage %llu states ",
		     result.unflushed, result.blocks, result.kept, result.torn,
		     result.garbage);
	if (result.states == U64_MAX)
		sim_text_add(call->answer, "astronomical\n");
	else
		sim_text_add(call->answer, "%llu\n", result.states);
	return 0;
}

static int sim_call_power_on(struct sim_call *call)
{
	sim_power_on(call->rail);
	return 0;
}

static int sim_call_states(struct sim_call *call)
{
	u64 states, bits;
	u32 units;
	int r = sim_power_states(call->rail, &states, &bits, &units);

	if (r) {
		sim_text_add(call->why, "no memory to lay out the unflushed blocks");
		return r;
	}
	if (states == U64_MAX)
		sim_text_add(call->answer,
			     "astronomical: up to 2^%llu, sample with power_cut seed N\n",
			     bits);
	else
		sim_text_add(call->answer, "%llu\n", states);
	return 0;
}

/* cut_policy [seed N | keep WHAT | state K]: for cuts that a rule makes. */
static int sim_call_cut_policy(struct sim_call *call)
{
	struct sim_cut cut;
	int r = sim_cut_parse(&cut, call->argc, call->argv, 0, call->why);

	if (r)
		return r;
	spin_lock_irq(&call->rail->lock);
	call->rail->cut = cut;
	call->rail->cut_given = call->argc;
	spin_unlock_irq(&call->rail->lock);
	return 0;
}

/*
 * Trace, replay, coverage
 */

static int sim_call_trace_from(struct sim_call *call, u64 position)
{
	struct sim_trace_record record;

	while (sim_rail_trace_read(call->rail, &position, &record)) {
		if (sim_call_full(call)) {
			sim_text_add(call->answer, "more %llu\n", position);
			break;
		}
		sim_trace_print(&record, call->answer);
		position++;
	}
	return 0;
}

static int sim_call_trace(struct sim_call *call)
{
	u64 position = 0;
	int r;

	if (!call->argc)
		return sim_call_trace_from(call, 0);
	if (!strcmp(call->argv[0], "on"))
		return sim_call_trace_switch(call, true);
	if (!strcmp(call->argv[0], "off"))
		return sim_call_trace_switch(call, false);
	if (!strcmp(call->argv[0], "clear")) {
		spin_lock_irq(&call->rail->lock);
		call->rail->traced_from = call->rail->positions;
		spin_unlock_irq(&call->rail->lock);
		return 0;
	}
	r = sim_call_number(call, 0, U64_MAX, &position);
	return r ? r : sim_call_trace_from(call, position);
}

static int sim_call_mark(struct sim_call *call)
{
	struct sim_trace_record record = { .kind = SIM_KIND_MARK };
	u64 mark;
	int r = sim_call_number(call, 0, S64_MAX, &mark);

	if (r)
		return r;
	record.argument = mark;
	record.device = call->sim->index;
	spin_lock_irq(&call->rail->lock);
	sim_rail_trace(call->rail, &record);
	spin_unlock_irq(&call->rail->lock);
	return 0;
}

static int sim_call_hash(struct sim_call *call)
{
	spin_lock_irq(&call->rail->lock);
	sim_text_add(call->answer, "decisions %016llx arrived %llu events %016llx positions %llu\n",
		     call->rail->decisions_hash, call->rail->number,
		     call->rail->events_hash, call->rail->positions);
	spin_unlock_irq(&call->rail->lock);
	return 0;
}

/* Room for one more record; the array doubles. Under exec. */
static int sim_replay_grow(struct sim_rail *rail)
{
	struct sim_replay *replay = &rail->replay;
	struct sim_trace_record *records;
	u32 room = replay->room ? replay->room * 2 : 256;

	if (replay->count < replay->room)
		return 0;
	if (room > SIM_REPLAY_RECORDS_MAX)
		return -EFBIG;
	records = vzalloc(array_size(room, sizeof(*records)));
	if (!records)
		return -ENOMEM;
	if (replay->count)
		memcpy(records, replay->records, replay->count * sizeof(*records));
	vfree(replay->records);
	replay->records = records;
	replay->room = room;
	return 0;
}

static int sim_call_replay_add(struct sim_call *call)
{
	struct sim_replay *replay = &call->rail->replay;
	char line[SIM_TRACE_LINE_BYTES];
	struct sim_trace_record record;
	struct sim_text text;
	u32 i;
	int r;

	if (replay->running) {
		sim_text_add(call->why, "a replay is running");
		return -EBUSY;
	}
	sim_text_init(&text, line, sizeof(line));
	for (i = 1; i < call->argc; i++)
		sim_text_add(&text, "%s%s", i > 1 ? " " : "", call->argv[i]);
	r = sim_trace_parse(&record, line, call->why);
	if (r)
		return r;
	r = sim_replay_grow(call->rail);
	if (r) {
		sim_text_add(call->why, "no room for more than %u records",
			     replay->count);
		return r;
	}
	replay->records[replay->count++] = record;
	return 0;
}

/* replay start [MS]: how long it may wait for one bio, else for ever. */
static int sim_call_replay_start(struct sim_call *call)
{
	struct sim_rail *rail = call->rail;
	u64 milliseconds = 0;
	int r = -EBUSY;

	if (call->argc > 2)
		return sim_call_unknown(call, 2, "nothing");
	if (call->argc > 1 &&
	    sim_call_number(call, 1, SIM_WAIT_MS_MAX, &milliseconds))
		return -EINVAL;
	spin_lock_irq(&rail->lock);
	if (!rail->pending) {
		r = sim_replay_start(&rail->replay);
		if (!r)
			sim_rail_restart(rail);
		rail->replay_waits = ktime_get();
		rail->replay_patience_us = milliseconds * USEC_PER_MSEC;
		sim_rail_update_direct(rail);
	}
	spin_unlock_irq(&rail->lock);
	if (r == -EBUSY)
		return sim_call_pending(call);
	if (r)
		sim_text_add(call->why, "no trace was loaded");
	return r;
}

static void sim_call_replay_stop(struct sim_call *call, bool clear)
{
	struct sim_rail *rail = call->rail;
	struct sim_trace_record *records = NULL;

	spin_lock_irq(&rail->lock);
	rail->replay.running = false;
	if (clear) {
		records = rail->replay.records;
		memset(&rail->replay, 0, sizeof(rail->replay));
	}
	sim_rail_update_direct(rail);
	spin_unlock_irq(&rail->lock);
	vfree(records);
	sim_rail_kick(rail);
}

static int sim_call_replay(struct sim_call *call)
{
	const char *verb = call->argv[0];

	if (!strcmp(verb, "add"))
		return sim_call_replay_add(call);
	if (!strcmp(verb, "start"))
		return sim_call_replay_start(call);
	if (call->argc > 1)
		return sim_call_unknown(call, 1, "nothing");
	if (!strcmp(verb, "stop") || !strcmp(verb, "clear")) {
		sim_call_replay_stop(call, *verb == 'c');
		return 0;
	}
	if (strcmp(verb, "status"))
		return sim_call_unknown(call, 0, "add, start, stop, clear or status");
	spin_lock_irq(&call->rail->lock);
	sim_replay_status(&call->rail->replay, call->answer);
	spin_unlock_irq(&call->rail->lock);
	return 0;
}

static void sim_call_coverage_print(struct sim_call *call)
{
	struct sim_device *sim = call->sim;
	struct sim_rule *rule;
	u32 op, action, state;

	for (op = 0; op < SIM_OP_COUNT; op++) {
		for (action = 0; action < SIM_ACTION_COUNT; action++) {
			for (state = 0; state < SIM_STATES_MAX; state++) {
				u64 hits = sim->coverage[op][action][state];

				if (!hits || sim_call_full(call))
					continue;
				sim_text_add(call->answer, "hit %s %s %u %llu\n",
					     sim_op_names[op],
					     sim_action_names[action], state, hits);
			}
		}
	}
	list_for_each_entry(rule, &sim->rules, list) {
		if (rule->fired || sim_call_full(call))
			continue;
		sim_text_add(call->answer, "never %u ", rule->tag);
		sim_rule_print(rule, call->answer);
		sim_text_add(call->answer, "\n");
	}
}

static int sim_call_coverage(struct sim_call *call)
{
	if (call->argc && strcmp(call->argv[0], "reset"))
		return sim_call_unknown(call, 0, "reset or nothing");
	spin_lock_irq(&call->rail->lock);
	if (call->argc)
		memset(call->sim->coverage, 0,
		       SIM_OP_COUNT * sizeof(*call->sim->coverage));
	else
		sim_call_coverage_print(call);
	spin_unlock_irq(&call->rail->lock);
	return 0;
}

static int sim_call_error(struct sim_call *call)
{
	sim_text_add(call->answer, "%s\n", call->sim->error);
	return 0;
}

/*
 * All messages
 */

static const struct sim_verb {
	const char *name;
	u32 least;	/* words after the name */
	u32 most;
	bool exec;	/* runs under rail->exec */
	int (*function)(struct sim_call *call);
} sim_verbs[] = {
	{ "rule", 2, 2, true, sim_call_rule },
	{ "rules", 0, 0, false, sim_call_rules },
	{ "fail_nth", 1, 2, true, sim_call_fail_nth },
	{ "break", 1, 1, true, sim_call_break },
	{ "wait_break", 0, 1, false, sim_call_wait_break },
	{ "wait_power_cut", 0, 1, false, sim_call_wait_power_cut },
	{ "set_state", 1, 1, true, sim_call_set_state },
	{ "cache", 1, 1, true, sim_call_cache },
	{ "mode", 1, 1, true, sim_call_mode },
	{ "max_delay_us", 1, 1, true, sim_call_max_delay_us },
	{ "seed", 1, 1, true, sim_call_seed },
	{ "damage", 1, 2, true, sim_call_damage },
	{ "list", 0, 0, false, sim_call_list },
	{ "step", 1, 1, true, sim_call_step },
	{ "release", 1, 1, true, sim_call_release },
	{ "fail", 2, 2, true, sim_call_fail },
	{ "power_cut", 0, 2, true, sim_call_power_cut },
	{ "power_on", 0, 0, true, sim_call_power_on },
	{ "cut_policy", 0, 2, true, sim_call_cut_policy },
	{ "states", 0, 0, true, sim_call_states },
	{ "trace", 0, 1, true, sim_call_trace },
	{ "mark", 1, 1, true, sim_call_mark },
	{ "hash", 0, 0, false, sim_call_hash },
	{ "replay", 1, 14, true, sim_call_replay },
	{ "coverage", 0, 1, true, sim_call_coverage },
	{ "error", 0, 0, false, sim_call_error },
};

static const struct sim_verb *sim_message_find(const char *name)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sim_verbs); i++) {
		if (!strcmp(sim_verbs[i].name, name))
			return &sim_verbs[i];
	}
	return NULL;
}

static int sim_message_run(struct sim_call *call, const char *name)
{
	const struct sim_verb *verb = sim_message_find(name);
	int r;

	if (!verb) {
		sim_text_add(call->why, "unknown message");
		return -EINVAL;
	}
	if (call->argc < verb->least || call->argc > verb->most) {
		sim_text_add(call->why, "takes %u to %u arguments, not %u",
			     verb->least, verb->most, call->argc);
		return -EINVAL;
	}
	if (!verb->exec)
		return verb->function(call);
	mutex_lock(&call->rail->exec);
	r = verb->function(call);
	mutex_unlock(&call->rail->exec);
	sim_rail_kick(call->rail);
	return r;
}

/* Should dm hand no room for an answer. */
#define SIM_ANSWER_BYTES_MIN 2

int sim_message(struct dm_target *ti, unsigned int argc, char **argv,
		char *result, unsigned int maxlen)
{
	struct sim_device *sim = ti->private;
	char message[120], nothing[SIM_ANSWER_BYTES_MIN];
	struct sim_text answer, why;
	struct sim_call call = {
		.sim = sim, .rail = sim->rail, .argc = argc - 1,
		.argv = argv + 1, .answer = &answer, .why = &why,
	};
	int r;

	sim_text_init(&why, message, sizeof(message));
	/* One byte short, or dm takes a full buffer for an overflow: I-MSG-2 */
	if (maxlen > SIM_ANSWER_BYTES_MIN)
		sim_text_init(&answer, result, maxlen - 1);
	else
		sim_text_init(&answer, nothing, sizeof(nothing));
	r = sim_message_run(&call, argv[0]);
	if (r) {
		mutex_lock(&sim->rail->exec);
		snprintf(sim->error, sizeof(sim->error), "%.30s: %s", argv[0],
			 why.used_bytes ? message : "failed");
		mutex_unlock(&sim->rail->exec);
		/* A wait that ended is an answer, not a mistake. */
		if (r != -ETIMEDOUT && r != -EINTR && r != -ERESTARTSYS)
			DMWARN("%s: message %s",
			       dm_device_name(dm_table_get_md(ti->table)),
			       sim->error);
		return r;
	}
	return answer.used_bytes ? 1 : 0;
}
