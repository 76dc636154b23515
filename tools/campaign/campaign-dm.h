/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device-mapper, as little of it as the campaign needs. No udev.
 */
#ifndef CAMPAIGN_DM_H
#define CAMPAIGN_DM_H

#include <stdbool.h>
#include <stdint.h>

/** dm_begin() - before anything else */
void dm_begin(void);

/** dm_create() - create, load and resume. Return: 0 or negative errno. */
int dm_create(const char *name, uint64_t sectors, const char *target,
	      const char *params, bool read_only);

/** dm_remove() - remove; nothing is left to do if there is none */
int dm_remove(const char *name);

/** dm_load() - load an inactive table */
int dm_load(const char *name, uint64_t sectors, const char *target,
	    const char *params, bool read_only);

/** dm_suspend(), dm_resume() - of a device with an active or loaded table */
int dm_suspend(const char *name, bool noflush);
int dm_resume(const char *name);

/**
 * dm_message() - send a message
 * @answer: room for the answer; may be NULL
 * @size: of @answer
 *
 * Return: 0 or negative errno.
 */
int dm_message(const char *name, const char *text, char *answer, int size);

/** dm_status() - the status line of the only target */
int dm_status(const char *name, char *status, int size);

#endif /* CAMPAIGN_DM_H */
