/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The standard streams of the programs.
 *
 * For programs without libfvd, too: nothing but libc here.
 */
#ifndef FVD_STDIO_H
#define FVD_STDIO_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/**
 * fvd_stdio_reserve() - first of all in main(): nothing else becomes 0, 1 or 2.
 *
 * If a stream is closed, the next file that is opened gets its number, and with
 * it all messages: an image would be overwritten by the refusal to touch it.
 * The placeholder behaves as what is closed: neither read nor written (EBADF).
 * It is not /dev/null because early in a boot there may be none.
 */
static inline void fvd_stdio_reserve(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) != fd)
			_exit(EXIT_FAILURE);
}

/**
 * fvd_stdio_is_written() - last of all: has what was printed reached stdout?
 *
 * Returns: false, with errno, if something is lost.
 */
static inline bool fvd_stdio_is_written(void)
{
	/* What an earlier write failed with may be forgotten. */
	errno = EIO;
	return !fflush(stdout) && !ferror(stdout);
}

/**
 * fvd_stdio_end() - fvd_stdio_is_written(), and the exit status that follows.
 * @program: begins the message if something is lost
 * @status: of what the program did
 * @lost: in place of a 0, if something is lost
 */
static inline int fvd_stdio_end(const char *program, int status, int lost)
{
	if (fvd_stdio_is_written())
		return status;
	fprintf(stderr, "%s: stdout: %s\n", program, strerror(errno));
	return status ? status : lost;
}

#endif /* FVD_STDIO_H */
