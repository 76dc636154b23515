/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text from images, made fit to be shown.
 *
 * Hints and labels are bytes that anybody may have written: an escape sequence
 * would be obeyed by the terminal of who looks at the image.
 */
#ifndef FVD_CLEAN_H
#define FVD_CLEAN_H

/**
 * fvd_clean_line() - for one line on a terminal.
 *
 * Bytes that are not UTF-8 and control characters (C0, DEL and C1) become '?',
 * one for each byte.
 */
void fvd_clean_line(char *text);

/** fvd_clean_json() - for JSON, where C0 controls are escaped and may stay. */
void fvd_clean_json(char *text);

#endif /* FVD_CLEAN_H */
