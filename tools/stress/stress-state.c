// SPDX-License-Identifier: GPL-2.0-only
/*
 * Snapshot and log.
 *
 * File: header; the snapshot, as runs of blocks with the same values; the log,
 * records of 24 bytes until the end of the file. Everything in the byte order
 * of the machine: the file lives as long as a campaign.
 *
 * I-STA-1: events are replayed in the order in which the oracle was told, so
 * that replaying gives the same sets. A narrowing by a read is replayed at the
 * end of that read; nothing was in flight on the block during it (R6), so the
 * moment does not matter.
 * I-STA-2: a file is replaced by rename, after it was written completely.
 * I-STA-3: a cut off last record is dropped.
 *
 * Reads are not logged: they change nothing that a narrowing does not tell.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stress-state.h"

#define STATE_MAGIC	0x3174736572445646ULL	/* "FVDrest1" */
#define LOG_RECORDS	4096			/* buffered before a write */

struct state_header {
	u64 magic;
	u32 header_bytes;
	u32 padding;
	struct stress_settings settings;
	struct oracle_clock clock;
	u64 snapshot_bytes;
	u64 checksum;			/* over header and snapshot */
};

/* A run of blocks with the same values; followed by @values of them. */
struct state_run {
	u64 first;
	u64 blocks;
	u32 values;
	u32 changed;
};

enum record_type {
	RECORD_SUBMIT = 1,
	RECORD_COMPLETE,
	RECORD_OBSERVE,
};

struct state_record {
	u8 type;
	u8 op;			/* submit: enum stress_op; observe: kind */
	u8 failed;
	u8 padding;
	u32 count;
	u64 number;		/* of the request */
	u64 first;		/* block */
};

struct state_log {
	int fd;
	int error;
	u32 used;
	struct state_record records[LOG_RECORDS];
};

/* A growing piece of memory. */
struct bytes {
	u8 *data;
	size_t size;
	size_t capacity;
};

static int bytes_add(struct bytes *bytes, const void *data, size_t size)
{
	size_t capacity = bytes->capacity ? bytes->capacity : 65536;
	u8 *grown;

	while (capacity < bytes->size + size)
		capacity *= 2;
	if (capacity != bytes->capacity) {
		grown = realloc(bytes->data, capacity);
		if (!grown)
			return -ENOMEM;
		bytes->data = grown;
		bytes->capacity = capacity;
	}
	memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
	return 0;
}

static u64 checksum_bytes(u64 sum, const void *data, size_t size)
{
	const u8 *byte = data;
	u64 word;

	for (; size >= sizeof(word); size -= sizeof(word)) {
		memcpy(&word, byte, sizeof(word));
		sum = (sum ^ word) * RANDOM_WEYL;
		sum ^= sum >> 29;
		byte += sizeof(word);
	}
	return sum + size;
}

/* All of the header but its checksum, then the snapshot. */
static u64 checksum_state(const struct state_header *header, const void *data)
{
	u64 sum = checksum_bytes(STATE_MAGIC, header,
				 offsetof(struct state_header, checksum));

	return checksum_bytes(sum, data, header->snapshot_bytes);
}

static bool same_value(const struct oracle_value *a,
		       const struct oracle_value *b)
{
	return a->request == b->request && a->kind == b->kind &&
	       a->failed == b->failed && a->fua == b->fua &&
	       a->observed == b->observed &&
	       a->submitted == b->submitted && a->completed == b->completed;
}

static bool same_values(const struct oracle *oracle, u64 a, u64 b)
{
	const struct oracle_value *values_a, *values_b;
	u32 i, count_a, count_b;

	values_a = oracle_values(oracle, a, &count_a);
	values_b = oracle_values(oracle, b, &count_b);
	if (count_a != count_b ||
	    oracle_changed(oracle, a) != oracle_changed(oracle, b))
		return false;
	for (i = 0; i < count_a; i++)
		if (!same_value(&values_a[i], &values_b[i]))
			return false;
	return true;
}

static int make_snapshot(const struct oracle *oracle, struct bytes *bytes)
{
	u64 blocks = oracle_config(oracle)->blocks;
	const struct oracle_value *values;
	struct state_run run;
	u64 block, next;
	u32 count;

	for (block = 0; block < blocks; block = next) {
		next = block + 1;
		while (next < blocks && same_values(oracle, block, next))
			next++;
		values = oracle_values(oracle, block, &count);
		run.first = block;
		run.blocks = next - block;
		run.values = count;
		run.changed = oracle_changed(oracle, block);
		if (bytes_add(bytes, &run, sizeof(run)) ||
		    bytes_add(bytes, values, count * sizeof(*values)))
			return -ENOMEM;
	}
	return 0;
}

static int write_all(int fd, const void *data, size_t size)
{
	const u8 *byte = data;
	ssize_t done;

	while (size) {
		done = write(fd, byte, size);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done ? -errno : -EIO;
		byte += done;
		size -= (size_t)done;
	}
	return 0;
}

static int write_snapshot(int fd, const struct stress_settings *settings,
			  const struct oracle *oracle)
{
	struct state_header header;
	struct bytes bytes = { };
	int error;

	error = make_snapshot(oracle, &bytes);
	if (!error) {
		memset(&header, 0, sizeof(header));
		header.magic = STATE_MAGIC;
		header.header_bytes = sizeof(header);
		header.settings = *settings;
		header.clock = oracle_clock(oracle);
		header.snapshot_bytes = bytes.size;
		header.checksum = checksum_state(&header, bytes.data);
		error = write_all(fd, &header, sizeof(header));
	}
	if (!error)
		error = write_all(fd, bytes.data, bytes.size);
	free(bytes.data);
	return error;
}

int state_create(const char *path, const struct stress_settings *settings,
		 const struct oracle *oracle, struct state_log **log)
{
	size_t length = strlen(path) + sizeof(".new");
	char *temporary = malloc(length);
	int error = -ENOMEM;

	*log = calloc(1, sizeof(**log));
	if (!*log || !temporary)
		goto out;
	snprintf(temporary, length, "%s.new", path);
	(*log)->fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			  0644);
	if ((*log)->fd < 0) {
		error = -errno;
		goto out;
	}
	error = write_snapshot((*log)->fd, settings, oracle);
	if (!error && rename(temporary, path))
		error = -errno;
	if (error)
		close((*log)->fd);
out:
	free(temporary);
	if (error) {
		complain("%s: state not written: %s", path, strerror(-error));
		free(*log);
		*log = NULL;
	}
	return error;
}

int state_write(struct state_log *log)
{
	if (!log || !log->used || log->error)
		return log ? log->error : 0;
	log->error = write_all(log->fd, log->records,
			       log->used * sizeof(log->records[0]));
	log->used = 0;
	if (log->error)
		complain("state not written: %s", strerror(-log->error));
	return log->error;
}

int state_close(struct state_log *log)
{
	int error;

	if (!log)
		return 0;
	error = state_write(log);
	if (close(log->fd) && !error)
		error = -errno;
	free(log);
	return error;
}

static void add(struct state_log *log, const struct state_record *record)
{
	/* An error stays in the log, and the next state_write() reports it. */
	if (log->used == LOG_RECORDS && state_write(log))
		return;
	log->records[log->used++] = *record;
}

void state_submit(struct state_log *log, const struct stress_request *request)
{
	struct state_record record = {
		.type = RECORD_SUBMIT,
		.op = (u8)request->op,
		.count = request->count,
		.number = request->number,
		.first = request->first,
	};

	if (log && request->op != STRESS_READ)
		add(log, &record);
}

void state_complete(struct state_log *log, u64 number, bool failed)
{
	struct state_record record = {
		.type = RECORD_COMPLETE,
		.failed = failed,
		.number = number,
	};

	if (log)
		add(log, &record);
}

void state_observe(struct state_log *log, u64 block,
		   const struct oracle_value *found)
{
	struct state_record record = {
		.type = RECORD_OBSERVE,
		.op = (u8)found->kind,
		.number = found->request,
		.first = block,
	};

	if (log)
		add(log, &record);
}

/* The whole file; the caller frees it. */
static int read_file(const char *path, u8 **data, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	ssize_t got;

	*data = NULL;
	*size = 0;
	if (fd < 0 || fstat(fd, &status))
		goto failed;
	*data = malloc((size_t)status.st_size + 1);
	if (!*data)
		goto failed;
	while (*size < (size_t)status.st_size) {
		got = read(fd, *data + *size, (size_t)status.st_size - *size);
		if (got < 0)
			goto failed;
		if (!got)
			break;
		*size += (size_t)got;
	}
	close(fd);
	return 0;
failed:
	complain("%s: %s", path, strerror(errno));
	free(*data);
	*data = NULL;
	if (fd >= 0)
		close(fd);
	return -EIO;
}

static int read_header(const char *path, u8 **data, size_t *size)
{
	const struct state_header *header;
	int error;

	error = read_file(path, data, size);
	if (error)
		return error;
	header = (const struct state_header *)*data;
	if (*size < sizeof(*header) || header->magic != STATE_MAGIC ||
	    header->header_bytes != sizeof(*header) ||
	    header->snapshot_bytes > *size - sizeof(*header) ||
	    header->checksum != checksum_state(header, header + 1)) {
		complain("%s: not a whole state file of this version", path);
		free(*data);
		*data = NULL;
		return -EINVAL;
	}
	return 0;
}

int state_read_settings(const char *path, struct stress_settings *settings)
{
	size_t size;
	u8 *data;
	int error = read_header(path, &data, &size);

	if (error)
		return error;
	*settings = ((struct state_header *)data)->settings;
	free(data);
	return 0;
}

static int load_run(struct oracle *oracle, const struct state_run *run,
		    const struct oracle_value *values)
{
	u64 i;

	if (run->first >= oracle_config(oracle)->blocks ||
	    run->blocks > oracle_config(oracle)->blocks - run->first)
		return -EINVAL;
	for (i = 0; i < run->blocks; i++)
		if (oracle_restore(oracle, run->first + i, values,
				   run->values))
			return -ENOMEM;
	if (run->changed && run->blocks)
		oracle_mark_changed(oracle, run->first, run->blocks);
	return 0;
}

static int load_snapshot(struct oracle *oracle, const u8 *data, u64 size)
{
	const struct state_run *run;
	int error;

	while (size) {
		run = (const struct state_run *)data;
		if (size < sizeof(*run) || !run->values ||
		    run->values > (size - sizeof(*run)) /
				  sizeof(struct oracle_value))
			return -EINVAL;
		error = load_run(oracle, run,
				 (const struct oracle_value *)(run + 1));
		if (error)
			return error;
		size -= sizeof(*run) +
			run->values * sizeof(struct oracle_value);
		data += sizeof(*run) +
			run->values * sizeof(struct oracle_value);
	}
	return 0;
}

/* A request of the log that did not complete yet. */
struct pending {
	struct state_record record;
	u64 stamp;
	u64 place;
};

struct replay {
	struct oracle *oracle;
	struct stress_history *history;
	struct pending *pending;
	u32 count;
	u32 capacity;
};

static int replay_submit(struct replay *replay,
			 const struct state_record *record)
{
	struct stress_request request = {
		.number = record->number,
		.op = record->op,
		.first = record->first,
		.count = record->count,
	};
	enum oracle_kind kind = ORACLE_WRITE;
	struct pending *pending;

	if (replay->count == replay->capacity) {
		replay->capacity = 2 * replay->capacity + 64;
		pending = realloc(replay->pending,
				  replay->capacity * sizeof(*pending));
		if (!pending)
			return -ENOMEM;
		replay->pending = pending;
	}
	pending = &replay->pending[replay->count++];
	pending->record = *record;
	if (replay->history)
		pending->place = history_begin(replay->history, &request);
	if (record->op == STRESS_FLUSH) {
		pending->stamp = oracle_flush_begin(replay->oracle);
		return 0;
	}
	if (record->op == STRESS_ZERO)
		kind = ORACLE_ZERO;
	else if (record->op == STRESS_DISCARD)
		kind = ORACLE_TRIM;
	return oracle_submit(replay->oracle, kind, record->number,
			     record->first, record->count,
			     record->op == STRESS_FUA);
}

static int replay_complete(struct replay *replay,
			   const struct state_record *record)
{
	struct pending *pending = replay->pending;
	u32 i;

	for (i = 0; i < replay->count; i++)
		if (pending[i].record.number == record->number)
			break;
	if (i == replay->count)
		return -EINVAL;
	if (replay->history)
		history_end(replay->history, pending[i].place, record->failed);
	if (pending[i].record.op != STRESS_FLUSH)
		oracle_complete(replay->oracle, record->number,
				pending[i].record.first,
				pending[i].record.count, record->failed);
	else if (!record->failed)
		oracle_flush_end(replay->oracle, pending[i].stamp);
	pending[i] = pending[--replay->count];
	return 0;
}

static int replay_record(struct replay *replay,
			 const struct state_record *record)
{
	struct oracle_value value = { .request = record->number };

	switch (record->type) {
	case RECORD_SUBMIT:
		return replay_submit(replay, record);
	case RECORD_COMPLETE:
		return replay_complete(replay, record);
	case RECORD_OBSERVE:
		if (record->first >= oracle_config(replay->oracle)->blocks)
			return -EINVAL;
		value.kind = record->op;
		return oracle_observe(replay->oracle, record->first, &value);
	default:
		return -EINVAL;
	}
}

static int replay_log(struct oracle *oracle, struct stress_history *history,
		      const u8 *data, size_t size)
{
	struct replay replay = { .oracle = oracle, .history = history };
	struct state_record record;
	int error = 0;

	for (; size >= sizeof(record) && !error; size -= sizeof(record)) {
		memcpy(&record, data, sizeof(record));
		error = replay_record(&replay, &record);
		data += sizeof(record);
	}
	free(replay.pending);
	return error;
}

int state_load(const char *path, struct oracle **oracle,
	       struct stress_history *history)
{
	const struct state_header *header;
	struct oracle_config config;
	const u8 *snapshot;
	size_t size, taken;
	u8 *data;
	int error;

	*oracle = NULL;
	error = read_header(path, &data, &size);
	if (error)
		return error;
	header = (const struct state_header *)data;
	snapshot = (const u8 *)(header + 1);
	taken = sizeof(*header) + header->snapshot_bytes;
	config = options_oracle(&header->settings);
	*oracle = oracle_create(&config);
	error = *oracle ? 0 : -ENOMEM;
	if (!error) {
		error = load_snapshot(*oracle, snapshot,
				      header->snapshot_bytes);
		oracle_set_clock(*oracle, header->clock);
	}
	if (!error)
		error = replay_log(*oracle, history, data + taken,
				   size - taken);
	if (error) {
		complain("%s: state not usable: %s", path, strerror(-error));
		oracle_destroy(*oracle);
		*oracle = NULL;
	}
	free(data);
	return error;
}
