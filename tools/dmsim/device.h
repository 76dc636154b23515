/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Talking to one sim device through libdevmapper.
 */
#ifndef DMSIM_DEVICE_H
#define DMSIM_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

/* All functions return 0 or a negative errno. Strings are freed by the caller. */

/**
 * device_message() - send a message to the target
 * @name: of the dm device
 * @message: its words, one blank between them
 * @answer: what the target said, "" if nothing
 */
int device_message(const char *name, const char *message, char **answer);

/**
 * device_refusal() - why the last message was refused, in the target's words
 */
char *device_refusal(const char *name, int error);

/** device_status() - the status line without start, length and target name */
int device_status(const char *name, char **status);

/** device_list() - calls @each with the name of each sim device */
int device_list(void (*each)(const char *name, void *data), void *data);

/** device_quiet() - keep libdevmapper from printing its own errors */
void device_quiet(void);

#endif /* DMSIM_DEVICE_H */
