/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text out into a bounded buffer, numbers in from hostile text.
 *
 * Layer 0. No function here allocates or sleeps.
 */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include "sim-portability.h"

/**
 * struct sim_text - a bounded text that is being written
 * @buffer: where the text goes, always NUL-terminated; owned by the caller
 * @size_bytes: room in @buffer, the NUL included; at least 1
 * @used_bytes: length of the text so far, the NUL excluded
 * @truncated: something did not fit
 */
struct sim_text {
	char *buffer;
	size_t size_bytes;
	size_t used_bytes;
	bool truncated;
};

/** sim_text_init() - an empty text in @buffer */
void sim_text_init(struct sim_text *text, char *buffer, size_t size_bytes);

/** sim_text_add() - append, as printf does; what does not fit is cut off */
void sim_text_add(struct sim_text *text, const char *format, ...) __printf(2, 3);

/**
 * sim_text_take_u64() - read a number and step over it
 * @cursor: where to read; moved behind the number on success only
 * @value: the number, decimal or 0x hexadecimal
 *
 * Return: 0, -EINVAL when there is no digit, -ERANGE when it exceeds 64 bits.
 */
int __must_check sim_text_take_u64(const char **cursor, u64 *value);

/**
 * sim_text_to_u64() - read a number that is the whole word
 * @word: the word
 * @value: the number
 *
 * Return: as sim_text_take_u64(), and -EINVAL when something follows.
 */
int __must_check sim_text_to_u64(const char *word, u64 *value);

/**
 * sim_text_index() - find a word in a table of names
 * @word: start of the word, @length_bytes long
 * @length_bytes: its length
 * @names: the table
 * @count: entries in @names
 *
 * Return: the index or -EINVAL.
 */
int __must_check sim_text_index(const char *word, size_t length_bytes,
				const char *const *names, u32 count);

#endif /* SIM_TEXT_H */
