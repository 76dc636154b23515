/* SPDX-License-Identifier: GPL-2.0-only */
/* How far an image is, in one line for people. */
#ifndef PROGRESS_LINE_H
#define PROGRESS_LINE_H

#include <stddef.h>

#include "status-line.h"

/**
 * progress_line_format() - bar, rate, time left, what holds it back, errors.
 * @text: receives it, without a newline
 * @nr_bytes: room in @text
 * @line: keys that an older module does not have are left out
 * @bar_width: characters between the brackets
 */
void progress_line_format(char *text, size_t nr_bytes,
			  const struct status_line *line,
			  unsigned int bar_width);

#endif /* PROGRESS_LINE_H */
