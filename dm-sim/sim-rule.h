/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that say which bio meets which fate.
 *
 * Layer 0: parsing, printing and matching, no I/O. The caller owns the memory
 * of the rules and serialises all calls that touch one list.
 *
 * A rule is one word of comma-separated terms:
 *
 *   op=write+flush,sectors=2048+8,nth=3,state=1,error=medium,set=2
 *
 * Conditions: op (read write flush fua discard zeroes any, joined by +),
 * sectors=FIRST+COUNT or FIRST-LAST, state=S. Among the bios that meet them:
 * nth=N (the N-th only), after=N (beyond the first N), every=K, prob=A/B,
 * count=C (fire C times, then never again).
 * Action, exactly one: pass, error[=STATUS], delay=US, hold, break, lose,
 * misdirect=[-]SECTORS, tear=SECTORS, flip=BITS, short=SECTORS[:STATUS], cut;
 * none means pass. set=S moves the state machine, seen from the next bio on.
 * tag=N names the rule by number.
 */
#ifndef SIM_RULE_H
#define SIM_RULE_H

#include "sim-portability.h"
#include "sim-text.h"

/* The kinds of bios. A FUA write counts as SIM_OP_FUA, matches op=write too. */
enum sim_op {
	SIM_OP_READ,
	SIM_OP_WRITE,
	SIM_OP_FLUSH,
	SIM_OP_FUA,
	SIM_OP_DISCARD,
	SIM_OP_ZEROES,
	SIM_OP_COUNT,
};

enum sim_action {
	SIM_ACTION_PASS,
	SIM_ACTION_ERROR,	/* no effect, completes with the status */
	SIM_ACTION_DELAY,	/* completes that much later; others pass it */
	SIM_ACTION_HOLD,	/* before the effect, until released */
	SIM_ACTION_BREAK,	/* hold, and wake who waits for a break */
	SIM_ACTION_LOSE,	/* acknowledged, never done */
	SIM_ACTION_MISDIRECT,	/* done so many sectors away */
	SIM_ACTION_TEAR,	/* only the first sectors done, acknowledged */
	SIM_ACTION_FLIP,	/* so many bits inverted on the way */
	SIM_ACTION_SHORT,	/* only the first sectors done, then the status */
	SIM_ACTION_CUT,		/* the power fails while this bio is in flight */
	SIM_ACTION_COUNT,
};

/* Outcomes of a bio, one for each block status that a disk can give. */
enum sim_status {
	SIM_STATUS_OK,
	SIM_STATUS_IOERR,
	SIM_STATUS_MEDIUM,
	SIM_STATUS_TIMEOUT,
	SIM_STATUS_NOSPC,
	SIM_STATUS_TRANSPORT,
	SIM_STATUS_TARGET,
	SIM_STATUS_RESERVATION,
	SIM_STATUS_PROTECTION,
	SIM_STATUS_RESOURCE,
	SIM_STATUS_AGAIN,
	SIM_STATUS_DEVRESOURCE,
	SIM_STATUS_OFFLINE,
	SIM_STATUS_NOTSUPP,
	SIM_STATUS_COUNT,
};

extern const char *const sim_op_names[SIM_OP_COUNT];
extern const char *const sim_action_names[SIM_ACTION_COUNT];
extern const char *const sim_status_names[SIM_STATUS_COUNT];

/* Sixteen states are what fits on a whiteboard; coverage has a row for each. */
#define SIM_STATES_MAX 16
#define SIM_STATE_ANY U32_MAX
/* So that a misdirected sector number can not wrap. */
#define SIM_SECTORS_MAX 0x40000000000000ull

/**
 * struct sim_request - a bio as the rules see it
 * @number: arrival number on the rail, from 1
 * @sector: first sector, relative to the device
 * @sectors: length; 0 for a flush
 * @op: kind
 * @device: index on the rail
 */
struct sim_request {
	u64 number;
	u64 sector;
	u32 sectors;
	enum sim_op op;
	u32 device;
};

/**
 * struct sim_rule - one rule
 * @list: in the list of rules of a device; the order of the list counts
 * @tag: its name, unique on the device; 0 = not yet given
 * @ops: bit set of enum sim_op
 * @first_sector: of the range that a bio must touch
 * @last_sector: inclusive
 * @nth: fire on this match only, 0 = any
 * @after: ignore that many matches
 * @every: fire on each k-th match, 0 = each
 * @count: fire that often at most, 0 = no limit
 * @chance: fire with probability @chance / @chances
 * @chances: 0 = always
 * @state: only in this state, or SIM_STATE_ANY
 * @set_state: the state afterwards, or SIM_STATE_ANY = unchanged
 * @action: what to do
 * @argument: microseconds, sectors or bits, as the action says
 * @status: outcome of error and short
 * @matched: bios that met the conditions
 * @fired: bios that met the fate
 */
struct sim_rule {
	struct list_head list;
	u32 tag;
	u32 ops;
	u64 first_sector;
	u64 last_sector;
	u64 nth;
	u64 after;
	u64 every;
	u64 count;
	u64 chance;
	u64 chances;
	u32 state;
	u32 set_state;
	enum sim_action action;
	s64 argument;
	enum sim_status status;
	u64 matched;
	u64 fired;
};

/**
 * struct sim_decision - the fate of one bio
 * @tag: the rule that decided, 0 = none did
 * @action: what to do
 * @argument: of the action
 * @status: of error and short
 * @state: of the state machine when the bio arrived
 */
struct sim_decision {
	u32 tag;
	enum sim_action action;
	s64 argument;
	enum sim_status status;
	u32 state;
};

/**
 * sim_rule_parse() - make a rule from its text
 * @rule: filled on success, @list untouched, counters 0
 * @word: the text, commas between terms
 * @why: what was wrong and at which term; owned by the caller
 *
 * Return: 0 or -EINVAL with @why filled and @rule undefined.
 */
int __must_check sim_rule_parse(struct sim_rule *rule, const char *word,
				struct sim_text *why);

/**
 * sim_rule_print() - the text that sim_rule_parse() takes
 * @rule: the rule
 * @text: added to
 */
void sim_rule_print(const struct sim_rule *rule, struct sim_text *text);

/**
 * sim_rules_decide() - decide the fate of a bio
 * @rules: list of struct sim_rule, in order; counters are advanced
 * @state: the state machine; may be changed
 * @seed: of the run
 * @request: the bio
 * @decision: result, always filled
 *
 * All rules whose conditions hold count a match; the first that fires with an
 * action other than pass decides. A firing "pass" only moves the state
 * machine, so that states can be followed without touching the bio; with
 * op-wide "pass" rules nothing is shielded from later rules.
 */
void sim_rules_decide(struct list_head *rules, u32 *state, u64 seed,
		      const struct sim_request *request,
		      struct sim_decision *decision);

/**
 * sim_status_parse() - a status by name, or by the errno name users know
 * @word: the name
 * @length_bytes: its length
 *
 * Return: enum sim_status other than OK, or -EINVAL.
 */
int __must_check sim_status_parse(const char *word, size_t length_bytes);

#endif /* SIM_RULE_H */
