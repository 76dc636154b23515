// SPDX-License-Identifier: GPL-2.0-only
/*
 * A queue, a few threads, a pipe.
 *
 * Locking: the lock covers the queue and the flag that ends the threads. A
 * result is smaller than PIPE_BUF, so that writes of several threads do not
 * mix.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "stress-helper.h"

/* Kernels that need us do one discard of a device at a time anyway. */
#define THREADS	4

struct job {
	struct job *next;
	void *tag;
	u64 range[2];		/* offset, bytes */
};

struct stress_helper {
	int device;
	int pipe[2];
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct job *first;
	struct job **last;
	bool end;
	u32 threads;
	pthread_t thread[THREADS];
};

/* The next job, or NULL at the end. */
static struct job *take_job(struct stress_helper *helper)
{
	struct job *job;

	pthread_mutex_lock(&helper->lock);
	while (!helper->first && !helper->end)
		pthread_cond_wait(&helper->wake, &helper->lock);
	job = helper->first;
	if (job) {
		helper->first = job->next;
		if (!helper->first)
			helper->last = &helper->first;
	}
	pthread_mutex_unlock(&helper->lock);
	return job;
}

static void report(struct stress_helper *helper, void *tag, int result)
{
	struct helper_result answer = { .tag = tag, .result = result };

	while (write(helper->pipe[1], &answer, sizeof(answer)) < 0 &&
	       errno == EINTR)
		;
}

static void *work(void *context)
{
	struct stress_helper *helper = context;
	struct job *job;
	int result;

	for (;;) {
		job = take_job(helper);
		if (!job)
			return NULL;
		result = ioctl(helper->device, BLKDISCARD, job->range) ?
			 -errno : 0;
		report(helper, job->tag, result);
		free(job);
	}
}

struct stress_helper *helper_create(int fd)
{
	struct stress_helper *helper = calloc(1, sizeof(*helper));

	if (!helper)
		return NULL;
	helper->device = fd;
	helper->last = &helper->first;
	if (pipe2(helper->pipe, O_CLOEXEC)) {
		free(helper);
		return NULL;
	}
	pthread_mutex_init(&helper->lock, NULL);
	pthread_cond_init(&helper->wake, NULL);
	while (helper->threads < THREADS &&
	       !pthread_create(&helper->thread[helper->threads], NULL, work,
			       helper))
		helper->threads++;
	if (helper->threads)
		return helper;
	helper_destroy(helper);
	return NULL;
}

void helper_destroy(struct stress_helper *helper)
{
	u32 i;

	if (!helper)
		return;
	pthread_mutex_lock(&helper->lock);
	helper->end = true;
	pthread_cond_broadcast(&helper->wake);
	pthread_mutex_unlock(&helper->lock);
	for (i = 0; i < helper->threads; i++)
		pthread_join(helper->thread[i], NULL);
	pthread_cond_destroy(&helper->wake);
	pthread_mutex_destroy(&helper->lock);
	close(helper->pipe[0]);
	close(helper->pipe[1]);
	free(helper);
}

void helper_discard(struct stress_helper *helper, void *tag, u64 offset,
		    u64 bytes)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job) {
		report(helper, tag, -ENOMEM);
		return;
	}
	job->tag = tag;
	job->range[0] = offset;
	job->range[1] = bytes;
	pthread_mutex_lock(&helper->lock);
	*helper->last = job;
	helper->last = &job->next;
	pthread_cond_signal(&helper->wake);
	pthread_mutex_unlock(&helper->lock);
}

int helper_fd(const struct stress_helper *helper)
{
	return helper->pipe[0];
}
