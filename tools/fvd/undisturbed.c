// SPDX-License-Identifier: GPL-2.0-only
/*
 * From suspend to resume: the program, stderr and swap may all lie on the device
 * that is suspended, and whoever waits for it waits for us.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

#include "undisturbed.h"

/* Some messages of two paths and a line of the kernel log each. */
static char kept[16384];
static sigset_t mask_before;

void undisturbed_begin(void)
{
	sigset_t all;

	fflush(stdout);
	setvbuf(stderr, kept, _IOFBF, sizeof(kept));
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &mask_before);
	/* Where a limit forbids it, it goes well without, nearly always. */
	mlockall(MCL_CURRENT | MCL_FUTURE);
}

bool undisturbed_is_asked_to_stop(void)
{
	sigset_t pending;

	return !sigpending(&pending) &&
		(sigismember(&pending, SIGHUP) == 1 ||
		 sigismember(&pending, SIGINT) == 1 ||
		 sigismember(&pending, SIGQUIT) == 1 ||
		 sigismember(&pending, SIGTERM) == 1);
}

void undisturbed_end(void)
{
	munlockall();
	/* A pipe that nobody reads: the end comes with the other signals. */
	fflush(stderr);
	setvbuf(stderr, NULL, _IONBF, 0);
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
}
