/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * While a device is suspended, nothing may stop or end the one who is to resume
 * it.
 */
#ifndef UNDISTURBED_H
#define UNDISTURBED_H

#include <stdbool.h>

/**
 * undisturbed_begin() - before what ends with a suspended device.
 *
 * Signals wait, messages are kept, and the program stays in memory. Do not print
 * to stdout until undisturbed_end(). Not nested.
 */
void undisturbed_begin(void);

/** undisturbed_is_asked_to_stop() - does a signal wait that would end it? */
bool undisturbed_is_asked_to_stop(void);

/** undisturbed_end() - print the messages, then let the signals come. */
void undisturbed_end(void);

#endif /* UNDISTURBED_H */
