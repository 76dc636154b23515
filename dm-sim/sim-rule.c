// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules that say which bio meets which fate.
 *
 * I-RULE-1: a rule is taken whole or refused whole; what was wrong is told
 * with the term in which it stood.
 * I-RULE-2: a decision depends on the rules, the state, the seed and the bios
 * that arrived before, on nothing else.
 * I-RULE-3: an action never meets an operation that it has no meaning for.
 *
 * Left out on purpose: expressions, nesting, several actions in one rule. A
 * state machine of plain rules says the same and can be read line by line.
 */
#include "sim-rule.h"
#include "sim-random.h"

const char *const sim_op_names[] = {
	[SIM_OP_READ] = "read",
	[SIM_OP_WRITE] = "write",
	[SIM_OP_FLUSH] = "flush",
	[SIM_OP_FUA] = "fua",
	[SIM_OP_DISCARD] = "discard",
	[SIM_OP_ZEROES] = "zeroes",
};

const char *const sim_action_names[] = {
	[SIM_ACTION_PASS] = "pass",
	[SIM_ACTION_ERROR] = "error",
	[SIM_ACTION_DELAY] = "delay",
	[SIM_ACTION_HOLD] = "hold",
	[SIM_ACTION_BREAK] = "break",
	[SIM_ACTION_LOSE] = "lose",
	[SIM_ACTION_MISDIRECT] = "misdirect",
	[SIM_ACTION_TEAR] = "tear",
	[SIM_ACTION_FLIP] = "flip",
	[SIM_ACTION_SHORT] = "short",
	[SIM_ACTION_CUT] = "cut",
};

const char *const sim_status_names[] = {
	[SIM_STATUS_OK] = "ok",
	[SIM_STATUS_IOERR] = "ioerr",
	[SIM_STATUS_MEDIUM] = "medium",
	[SIM_STATUS_TIMEOUT] = "timeout",
	[SIM_STATUS_NOSPC] = "nospc",
	[SIM_STATUS_TRANSPORT] = "transport",
	[SIM_STATUS_TARGET] = "target",
	[SIM_STATUS_RESERVATION] = "reservation",
	[SIM_STATUS_PROTECTION] = "protection",
	[SIM_STATUS_RESOURCE] = "resource",
	[SIM_STATUS_AGAIN] = "again",
	[SIM_STATUS_DEVRESOURCE] = "devresource",
	[SIM_STATUS_OFFLINE] = "offline",
	[SIM_STATUS_NOTSUPP] = "notsupp",
};

/* The errno that user space sees for the status of the same index. */
static const char *const sim_status_errnos[] = {
	[SIM_STATUS_OK] = "0",
	[SIM_STATUS_IOERR] = "EIO",
	[SIM_STATUS_MEDIUM] = "ENODATA",
	[SIM_STATUS_TIMEOUT] = "ETIMEDOUT",
	[SIM_STATUS_NOSPC] = "ENOSPC",
	[SIM_STATUS_TRANSPORT] = "ENOLINK",
	[SIM_STATUS_TARGET] = "EREMOTEIO",
	[SIM_STATUS_RESERVATION] = "EBADE",
	[SIM_STATUS_PROTECTION] = "EILSEQ",
	[SIM_STATUS_RESOURCE] = "ENOMEM",
	[SIM_STATUS_AGAIN] = "EAGAIN",
	[SIM_STATUS_DEVRESOURCE] = "EBUSY",
	[SIM_STATUS_OFFLINE] = "ENODEV",
	[SIM_STATUS_NOTSUPP] = "EOPNOTSUPP",
};

static_assert(ARRAY_SIZE(sim_status_errnos) == SIM_STATUS_COUNT);

#define SIM_OPS_ALL ((1u << SIM_OP_COUNT) - 1)
#define SIM_OPS_DATA ((1u << SIM_OP_READ) | (1u << SIM_OP_WRITE) | (1u << SIM_OP_FUA))
#define SIM_OPS_WRITE ((1u << SIM_OP_WRITE) | (1u << SIM_OP_FUA))
#define SIM_OPS_CHANGE (SIM_OPS_ALL & ~(1u << SIM_OP_READ))

/* Which operations an action has a meaning for. */
static u32 sim_action_ops(enum sim_action action)
{
	switch (action) {
	case SIM_ACTION_LOSE:
		return SIM_OPS_CHANGE;
	case SIM_ACTION_TEAR:
		return SIM_OPS_WRITE;
	case SIM_ACTION_MISDIRECT:
	case SIM_ACTION_FLIP:
	case SIM_ACTION_SHORT:
		return SIM_OPS_DATA;
	default:
		return SIM_OPS_ALL;
	}
}

int sim_status_parse(const char *word, size_t length_bytes)
{
	int index = sim_text_index(word, length_bytes, sim_status_names,
				   SIM_STATUS_COUNT);

	if (index < 0)
		index = sim_text_index(word, length_bytes, sim_status_errnos,
				       SIM_STATUS_COUNT);
	return index == SIM_STATUS_OK ? -EINVAL : index;
}

/* One term "key=value" of a rule, not NUL-terminated. */
struct sim_term {
	const char *key;
	size_t key_bytes;
	const char *value;	/* NULL when there is no '=' */
	size_t value_bytes;
};

static bool sim_term_is(const struct sim_term *term, const char *key)
{
	return strlen(key) == term->key_bytes &&
	       !memcmp(key, term->key, term->key_bytes);
}

static const char *sim_term_end(const struct sim_term *term)
{
	return term->value + term->value_bytes;
}

/* A value that is one number in [least, most]. */
static int sim_term_u64(const struct sim_term *term, u64 least, u64 most,
			u64 *value)
{
	const char *cursor = term->value;
	u64 number;

	if (!cursor || sim_text_take_u64(&cursor, &number) ||
	    cursor != sim_term_end(term) || number < least || number > most)
		return -EINVAL;
	*value = number;
	return 0;
}

static int sim_term_u32(const struct sim_term *term, u32 least, u32 most,
			u32 *value)
{
	u64 number;

	if (sim_term_u64(term, least, most, &number))
		return -EINVAL;
	*value = number;
	return 0;
}

static int sim_term_ops(const struct sim_term *term, u32 *ops)
{
	const char *at = term->value;
	u32 found = 0;

	if (!at)
		return -EINVAL;
	for (;;) {
		const char *end = at;
		int op;

		while (end < sim_term_end(term) && *end != '+')
			end++;
		op = sim_text_index(at, end - at, sim_op_names, SIM_OP_COUNT);
		if (op >= 0)
			found |= 1u << op;
		else if (end - at == 3 && !memcmp(at, "any", 3))
			found |= SIM_OPS_ALL;
		else
			return -EINVAL;
		if (end == sim_term_end(term))
			break;
		at = end + 1;
	}
	*ops = found;
	return 0;
}

static int sim_term_range(const struct sim_term *term, struct sim_rule *rule)
{
	const char *cursor = term->value;
	u64 first, second;
	char between;

	if (!cursor || sim_text_take_u64(&cursor, &first))
		return -EINVAL;
	between = *cursor++;
	if ((between != '+' && between != '-') ||
	    sim_text_take_u64(&cursor, &second) || cursor != sim_term_end(term))
		return -EINVAL;
	if (first >= SIM_SECTORS_MAX || second >= SIM_SECTORS_MAX)
		return -EINVAL;
	if (between == '+') {
		if (!second)
			return -EINVAL;
		second += first - 1;
	}
	/* Printed as A-B, which must be taken again. */
	if (second < first || second >= SIM_SECTORS_MAX)
		return -EINVAL;
	rule->first_sector = first;
	rule->last_sector = second;
	return 0;
}

static int sim_term_chance(const struct sim_term *term, struct sim_rule *rule)
{
	const char *cursor = term->value;
	u64 chance, chances;

	if (!cursor || sim_text_take_u64(&cursor, &chance) || *cursor++ != '/' ||
	    sim_text_take_u64(&cursor, &chances) ||
	    cursor != sim_term_end(term) || !chances || chance > chances)
		return -EINVAL;
	rule->chance = chance;
	rule->chances = chances;
	return 0;
}

static int sim_term_status(const char *word, size_t length_bytes,
			   struct sim_rule *rule)
{
	int status = sim_status_parse(word, length_bytes);

	if (status < 0)
		return -EINVAL;
	rule->status = status;
	return 0;
}

/* short=SECTORS[:STATUS] */
static int sim_term_short(const struct sim_term *term, struct sim_rule *rule)
{
	const char *cursor = term->value;
	u64 sectors;

	if (!cursor || sim_text_take_u64(&cursor, &sectors) ||
	    sectors >= SIM_SECTORS_MAX)
		return -EINVAL;
	rule->argument = sectors;
	rule->status = SIM_STATUS_IOERR;
	if (cursor == sim_term_end(term))
		return 0;
	if (*cursor++ != ':')
		return -EINVAL;
	return sim_term_status(cursor, sim_term_end(term) - cursor, rule);
}

static int sim_term_argument(const struct sim_term *term, u64 most,
			     struct sim_rule *rule)
{
	u64 value;

	if (sim_term_u64(term, 0, most, &value))
		return -EINVAL;
	rule->argument = value;
	return 0;
}

static int sim_term_misdirect(const struct sim_term *term, struct sim_rule *rule)
{
	struct sim_term rest = *term;
	bool negative = rest.value && *rest.value == '-';

	if (negative) {
		rest.value++;
		rest.value_bytes--;
	}
	if (sim_term_argument(&rest, SIM_SECTORS_MAX - 1, rule))
		return -EINVAL;
	if (negative)
		rule->argument = -rule->argument;
	return 0;
}

/* A day of delay and 4096 flipped bits are beyond any use. */
#define SIM_DELAY_US_MAX 86400000000ull
#define SIM_FLIP_BITS_MAX 4096

static int sim_term_action(const struct sim_term *term, enum sim_action action,
			   struct sim_rule *rule)
{
	rule->action = action;
	switch (action) {
	case SIM_ACTION_ERROR:
		rule->status = SIM_STATUS_IOERR;
		if (!term->value)
			return 0;
		return sim_term_status(term->value, term->value_bytes, rule);
	case SIM_ACTION_DELAY:
		return sim_term_argument(term, SIM_DELAY_US_MAX, rule);
	case SIM_ACTION_MISDIRECT:
		return sim_term_misdirect(term, rule);
	case SIM_ACTION_TEAR:
		return sim_term_argument(term, SIM_SECTORS_MAX - 1, rule);
	case SIM_ACTION_FLIP:
		return sim_term_argument(term, SIM_FLIP_BITS_MAX, rule);
	case SIM_ACTION_SHORT:
		return sim_term_short(term, rule);
	default:
		return term->value ? -EINVAL : 0;
	}
}

static int sim_term_condition(const struct sim_term *term, struct sim_rule *rule)
{
	if (sim_term_is(term, "op"))
		return sim_term_ops(term, &rule->ops);
	if (sim_term_is(term, "sectors"))
		return sim_term_range(term, rule);
	if (sim_term_is(term, "nth"))
		return sim_term_u64(term, 1, U64_MAX, &rule->nth);
	if (sim_term_is(term, "after"))
		return sim_term_u64(term, 0, U64_MAX, &rule->after);
	if (sim_term_is(term, "every"))
		return sim_term_u64(term, 1, U64_MAX, &rule->every);
	if (sim_term_is(term, "count"))
		return sim_term_u64(term, 1, U64_MAX, &rule->count);
	if (sim_term_is(term, "prob"))
		return sim_term_chance(term, rule);
	if (sim_term_is(term, "state"))
		return sim_term_u32(term, 0, SIM_STATES_MAX - 1, &rule->state);
	if (sim_term_is(term, "set"))
		return sim_term_u32(term, 0, SIM_STATES_MAX - 1, &rule->set_state);
	if (sim_term_is(term, "tag"))
		return sim_term_u32(term, 1, U32_MAX - 1, &rule->tag);
	return -ENOENT;
}

/* Split off the term at @at; returns what follows it, or NULL at the end. */
static const char *sim_term_split(const char *at, struct sim_term *term)
{
	const char *end = at;
	const char *equals = NULL;

	for (; *end && *end != ','; end++) {
		if (*end == '=' && !equals)
			equals = end;
	}
	term->key = at;
	term->key_bytes = (equals ? equals : end) - at;
	term->value = equals ? equals + 1 : NULL;
	term->value_bytes = equals ? end - equals - 1 : 0;
	return *end ? end + 1 : NULL;
}

static int sim_rule_refuse(struct sim_text *why, const struct sim_term *term,
			   u32 index, const char *reason)
{
	size_t bytes = term->key_bytes;

	if (term->value)
		bytes += 1 + term->value_bytes;
	sim_text_add(why, "rule term %u \"%.*s\": %s", index,
		     (int)(bytes > 60 ? 60 : bytes), term->key, reason);
	return -EINVAL;
}

int sim_rule_parse(struct sim_rule *rule, const char *word, struct sim_text *why)
{
	const char *at = word;
	bool has_action = false;
	u32 index;

	memset(rule, 0, sizeof(*rule));
	INIT_LIST_HEAD(&rule->list);
	rule->ops = SIM_OPS_ALL;
	rule->last_sector = U64_MAX;
	rule->state = SIM_STATE_ANY;
	rule->set_state = SIM_STATE_ANY;

	for (index = 1; at; index++) {
		struct sim_term term;
		int action, r;

		at = sim_term_split(at, &term);
		r = sim_term_condition(&term, rule);
		if (!r)
			continue;
		if (r != -ENOENT)
			return sim_rule_refuse(why, &term, index, "bad value");
		action = sim_text_index(term.key, term.key_bytes,
					sim_action_names, SIM_ACTION_COUNT);
		if (action < 0)
			return sim_rule_refuse(why, &term, index, "unknown word");
		if (has_action)
			return sim_rule_refuse(why, &term, index,
					       "a second action");
		has_action = true;
		if (sim_term_action(&term, action, rule))
			return sim_rule_refuse(why, &term, index, "bad value");
	}
	if (rule->ops & sim_action_ops(rule->action))
		return 0;
	sim_text_add(why, "rule: %s has no meaning for any op of the rule",
		     sim_action_names[rule->action]);
	return -EINVAL;
}

static void sim_rule_print_ops(const struct sim_rule *rule, struct sim_text *text)
{
	const char *before = "op=";
	u32 op;

	if (rule->ops == SIM_OPS_ALL) {
		sim_text_add(text, "op=any");
		return;
	}
	for (op = 0; op < SIM_OP_COUNT; op++) {
		if (!(rule->ops & (1u << op)))
			continue;
		sim_text_add(text, "%s%s", before, sim_op_names[op]);
		before = "+";
	}
}

static void sim_rule_print_action(const struct sim_rule *rule,
				  struct sim_text *text)
{
	sim_text_add(text, ",%s", sim_action_names[rule->action]);
	switch (rule->action) {
	case SIM_ACTION_ERROR:
		sim_text_add(text, "=%s", sim_status_names[rule->status]);
		break;
	case SIM_ACTION_SHORT:
		sim_text_add(text, "=%lld:%s", (long long)rule->argument,
			     sim_status_names[rule->status]);
		break;
	case SIM_ACTION_DELAY:
	case SIM_ACTION_MISDIRECT:
	case SIM_ACTION_TEAR:
	case SIM_ACTION_FLIP:
		sim_text_add(text, "=%lld", (long long)rule->argument);
		break;
	default:
		break;
	}
}

static void sim_rule_print_number(struct sim_text *text, const char *key,
				  u64 value)
{
	if (value)
		sim_text_add(text, ",%s=%llu", key, (unsigned long long)value);
}

void sim_rule_print(const struct sim_rule *rule, struct sim_text *text)
{
	sim_rule_print_ops(rule, text);
	sim_rule_print_number(text, "tag", rule->tag);
	if (rule->first_sector || rule->last_sector != U64_MAX)
		sim_text_add(text, ",sectors=%llu-%llu",
			     (unsigned long long)rule->first_sector,
			     (unsigned long long)rule->last_sector);
	sim_rule_print_number(text, "nth", rule->nth);
	sim_rule_print_number(text, "after", rule->after);
	sim_rule_print_number(text, "every", rule->every);
	sim_rule_print_number(text, "count", rule->count);
	if (rule->chances)
		sim_text_add(text, ",prob=%llu/%llu",
			     (unsigned long long)rule->chance,
			     (unsigned long long)rule->chances);
	if (rule->state != SIM_STATE_ANY)
		sim_text_add(text, ",state=%u", rule->state);
	if (rule->set_state != SIM_STATE_ANY)
		sim_text_add(text, ",set=%u", rule->set_state);
	sim_rule_print_action(rule, text);
}

static bool sim_rule_matches(const struct sim_rule *rule, u32 state,
			     const struct sim_request *request)
{
	u32 ops = 1u << request->op;

	if (request->op == SIM_OP_FUA)
		ops |= 1u << SIM_OP_WRITE;
	if (!(rule->ops & ops))
		return false;
	if (!(sim_action_ops(rule->action) & (1u << request->op)))
		return false; /* I-RULE-3 */
	if (rule->state != SIM_STATE_ANY && rule->state != state)
		return false;
	if (!rule->first_sector && rule->last_sector == U64_MAX)
		return true;
	return request->sectors && request->sector <= rule->last_sector &&
	       request->sector + request->sectors > rule->first_sector;
}

static bool sim_rule_fires(const struct sim_rule *rule, u64 seed, u64 number)
{
	u64 place = rule->matched - rule->after;
	u64 remainder;

	if (rule->matched <= rule->after)
		return false;
	if (rule->nth && place != rule->nth)
		return false;
	if (rule->count && rule->fired >= rule->count)
		return false;
	if (rule->every) {
		div64_u64_rem(place, rule->every, &remainder);
		if (remainder)
			return false;
	}
	if (!rule->chances)
		return true;
	return sim_random_below(sim_random(seed, SIM_STREAM_RULE, number,
					   rule->tag), rule->chances) < rule->chance;
}

void sim_rules_decide(struct list_head *rules, u32 *state, u64 seed,
		      const struct sim_request *request,
		      struct sim_decision *decision)
{
	u32 next_state = *state;
	bool decided = false;
	struct sim_rule *rule;

	memset(decision, 0, sizeof(*decision));
	decision->state = *state;
	list_for_each_entry(rule, rules, list) {
		if (!sim_rule_matches(rule, *state, request))
			continue;
		rule->matched++;
		if (decided && rule->action != SIM_ACTION_PASS)
			continue;
		if (!sim_rule_fires(rule, seed, request->number))
			continue;
		rule->fired++;
		if (rule->set_state != SIM_STATE_ANY)
			next_state = rule->set_state;
		if (rule->action == SIM_ACTION_PASS)
			continue;
		decided = true;
		decision->tag = rule->tag;
		decision->action = rule->action;
		decision->argument = rule->argument;
		decision->status = rule->status;
	}
	*state = next_state;
}
