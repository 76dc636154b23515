// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs: dm-sim/<rail>/trace, one line for each event of the ring.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "dm-sim.h"

static struct dentry *sim_debugfs_root;

static int trace_show(struct seq_file *file, void *unused)
{
	struct sim_rail *rail = file->private;
	char line[SIM_TRACE_LINE_BYTES];
	struct sim_trace_record record;
	struct sim_text text;
	u64 position = 0;
	u32 lines;

	/* No more than one ring, however fast new events come. */
	for (lines = 0; lines < SIM_TRACE_RECORDS; lines++) {
		if (!sim_rail_trace_read(rail, &position, &record))
			break;
		sim_text_init(&text, line, sizeof(line));
		sim_trace_print(&record, &text);
		seq_puts(file, line);
		position++;
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(trace);

void sim_debugfs_init(void)
{
	sim_debugfs_root = debugfs_create_dir("dm-sim", NULL);
}

void sim_debugfs_exit(void)
{
	debugfs_remove_recursive(sim_debugfs_root);
}

void sim_debugfs_add(struct sim_rail *rail)
{
	rail->debugfs = debugfs_create_dir(rail->name, sim_debugfs_root);
	debugfs_create_file("trace", 0400, rail->debugfs, rail, &trace_fops);
}

void sim_debugfs_remove(struct sim_rail *rail)
{
	debugfs_remove_recursive(rail->debugfs);
}
