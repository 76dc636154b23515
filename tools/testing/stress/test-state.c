// SPDX-License-Identifier: GPL-2.0-only
/* The state file: stress-state. Damage, and what is saved. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stress-state.h"
#include "test.h"

static char path[40];
static struct stress_settings settings;
static struct oracle *oracle;
static struct state_log *state;

static void setup(void)
{
	struct stress_options options;
	struct oracle_config config;
	int fd;

	snprintf(path, sizeof(path), "/tmp/fvd-stress-test.XXXXXX");
	fd = mkstemp(path);
	EXPECT(fd >= 0);
	close(fd);
	options_defaults(&options);
	settings = options.settings;
	settings.seed = 5;
	settings.device_bytes = 64 * SECTOR_BYTES;
	settings.base_bytes = 32 * SECTOR_BYTES;
	settings.block_bytes = SECTOR_BYTES;
	settings.unit_bytes = SECTOR_BYTES;
	config = options_oracle(&settings);
	oracle = oracle_create(&config);
	EXPECT(oracle);
	EXPECT(!state_create(path, &settings, oracle, &state));
}

static void teardown(void)
{
	EXPECT(!state_close(state));
	state = NULL;
	oracle_destroy(oracle);
	unlink(path);
}

static void log_write(u64 number, u64 first, u32 count)
{
	struct stress_request request = {
		.number = number, .op = STRESS_WRITE, .first = first,
		.count = count,
	};

	state_submit(state, &request);
}

static u32 count_values(struct oracle *loaded, u64 block)
{
	u32 count;

	oracle_values(loaded, block, &count);
	return count;
}

static void settings_come_back(void)
{
	struct stress_settings again;

	setup();
	EXPECT(!state_read_settings(path, &again));
	EXPECT(!memcmp(&again, &settings, sizeof(again)));
	teardown();
}

static void events_are_there_before_close(void)
{
	struct oracle *loaded;

	setup();
	log_write(10, 3, 2);
	EXPECT(!state_write(state));
	EXPECT(!state_load(path, &loaded, NULL));
	EXPECT(count_values(loaded, 3) == 2 && count_values(loaded, 5) == 1);
	EXPECT(oracle_changed(loaded, 4) && !oracle_changed(loaded, 5));
	oracle_destroy(loaded);
	teardown();
}

static void cut_off_record_is_dropped(void)
{
	struct oracle *loaded;
	struct stat status;

	setup();
	log_write(10, 3, 1);
	log_write(11, 6, 1);
	EXPECT(!state_write(state));
	EXPECT(!stat(path, &status) && !truncate(path, status.st_size - 1));
	EXPECT(!state_load(path, &loaded, NULL));
	EXPECT(count_values(loaded, 3) == 2 && count_values(loaded, 6) == 1);
	oracle_destroy(loaded);
	teardown();
}

static void every_damaged_header_is_refused(void)
{
	struct oracle *loaded;
	struct stat status;
	off_t at;
	u8 byte;
	int fd;

	setup();
	fd = open(path, O_RDWR);
	/* Complaints are expected; keep them out of the output. */
	EXPECT(fd >= 0 && freopen("/dev/null", "w", stderr));
	EXPECT(!fstat(fd, &status));
	for (at = 0; at < status.st_size; at++) {
		EXPECT(pread(fd, &byte, 1, at) == 1);
		byte ^= 0x10;
		EXPECT(pwrite(fd, &byte, 1, at) == 1);
		EXPECT(state_load(path, &loaded, NULL) < 0 && !loaded);
		byte ^= 0x10;
		EXPECT(pwrite(fd, &byte, 1, at) == 1);
	}
	close(fd);
	teardown();
}

static void changed_blocks_survive_a_snapshot(void)
{
	struct oracle *loaded;

	setup();
	EXPECT(!oracle_submit(oracle, ORACLE_WRITE, 10, 3, 1, true));
	oracle_complete(oracle, 10, 3, 1, false);
	EXPECT(!state_close(state));
	EXPECT(!state_create(path, &settings, oracle, &state));
	EXPECT(!state_load(path, &loaded, NULL));
	EXPECT(oracle_changed(loaded, 3) && !oracle_changed(loaded, 4));
	oracle_destroy(loaded);
	teardown();
}

const struct test_case state_tests[] = {
	{ "state: settings come back", settings_come_back },
	{ "state: events are in the file before it is closed",
	  events_are_there_before_close },
	{ "state: a cut off record is dropped", cut_off_record_is_dropped },
	{ "state: changed blocks survive a snapshot",
	  changed_blocks_survive_a_snapshot },
	{ "state: every damaged snapshot is refused",
	  every_damaged_header_is_refused },
	{ }
};
