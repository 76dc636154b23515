/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state file: settings, a snapshot of the oracle, and a log of what
 * happened since. It outlives the program, and the machine if it lies on a
 * folder of another one.
 *
 * A submission is in the file before the request is sent, and a completion
 * before anything is sent that relies on it. If the log's end is missing, the
 * oracle that is rebuilt knows less, but nothing wrong.
 */
#ifndef STRESS_STATE_H
#define STRESS_STATE_H

#include "stress-history.h"
#include "stress-options.h"
#include "stress-oracle.h"

struct state_log;

/**
 * state_create() - write a new state file, whole or not at all
 * @path: its name; an older file of that name is replaced in one step
 * @settings: the settings
 * @oracle: no request may be in flight
 * @log: the answer: where events go, to be given to state_close()
 *
 * Complains on stderr. Return: 0 or negative errno.
 */
int __must_check state_create(const char *path,
			      const struct stress_settings *settings,
			      const struct oracle *oracle,
			      struct state_log **log);

/** state_close() - write what is left and close; @log may be NULL */
int state_close(struct state_log *log);

/**
 * state_submit(), state_complete(), state_observe() - append an event
 * @log: the log, or NULL for none
 *
 * Nothing is written before state_write().
 */
void state_submit(struct state_log *log, const struct stress_request *request);
void state_complete(struct state_log *log, u64 number, bool failed);
void state_observe(struct state_log *log, u64 block,
		   const struct oracle_value *found);

/**
 * state_write() - hand all events to the operating system
 *
 * Return: 0, or a negative errno if the file can not be written: then nothing
 * more may be sent to the device.
 */
int __must_check state_write(struct state_log *log);

/**
 * state_read_settings() - the settings of a state file
 *
 * Complains on stderr. Return: 0 or negative errno.
 */
int __must_check state_read_settings(const char *path,
				     struct stress_settings *settings);

/**
 * state_load() - rebuild the oracle
 * @path: the file
 * @oracle: the answer, to be given to oracle_destroy(); requests that did not
 *	complete are in flight in it
 * @history: gets the requests of the log; may be NULL
 *
 * Complains on stderr. Return: 0 or negative errno.
 */
int __must_check state_load(const char *path, struct oracle **oracle,
			    struct stress_history *history);

#endif /* STRESS_STATE_H */
