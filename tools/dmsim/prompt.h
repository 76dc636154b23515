/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interactive prompt.
 */
#ifndef DMSIM_PROMPT_H
#define DMSIM_PROMPT_H

#include "command.h"

/**
 * prompt_run() - commands from the terminal, with completion and history
 *
 * If stdin is no terminal it is a script: one command a line, # begins a
 * comment, and the first failure ends it.
 *
 * Return: status of the last command.
 */
int prompt_run(struct session *session);

#endif /* DMSIM_PROMPT_H */
