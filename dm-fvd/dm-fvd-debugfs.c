// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs: dm-fvd/<major>:<minor>/{bios,locks,journal,pages,latency}, and
 * dm-fvd/watch. Documentation/admin-guide/dm-fvd.rst has the columns.
 *
 * Locking: each file takes the lock that protects what it shows, for not more
 * than FVD_DEBUGFS_MAX_LINES lines: whoever looks must not stop the disk.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>

#include "dm-fvd.h"

/* Some 10 us with interrupts off. What is longer says so in its last line. */
#define FVD_DEBUGFS_MAX_LINES	256U

static struct dentry *debugfs_root;
static DEFINE_MUTEX(watch_mutex);
static bool watching;

static u64 age_us(u64 now_ns, u64 begun_ns)
{
	return now_ns > begun_ns ? div_u64(now_ns - begun_ns, NSEC_PER_USEC) :
				   0;
}

static void show_bio(struct seq_file *file, struct fvd_io *io, u64 age_us,
		     u64 stage_age_us)
{
	seq_printf(file, "%llu %s %llu %u %s %llu %llu\n", io->watch.number,
		   fvd_watch_op_names[fvd_watch_op(io)], io->sector,
		   io->nr_sectors,
		   fvd_stage_names[READ_ONCE(io->watch.stage)], age_us,
		   stage_age_us);
}

/* Those in the list. Returns: how many lines there are now. */
static unsigned int show_watched(struct seq_file *file, struct fvd_image *image)
{
	u64 now_ns = ktime_get_ns();
	unsigned int nr = 0;
	struct fvd_io *io;

	spin_lock_irq(&image->watch.lock);
	list_for_each_entry(io, &image->watch.ios, watch.list) {
		if (nr++ == FVD_DEBUGFS_MAX_LINES) {
			seq_puts(file, "more\n");
			break;
		}
		show_bio(file, io, age_us(now_ns, io->watch.begun_ns),
			 age_us(now_ns, READ_ONCE(io->watch.stage_begun_ns)));
	}
	spin_unlock_irq(&image->watch.lock);
	return nr;
}

/*
 * First writes at the image are not in the list, but hold their blocks. That
 * they came when they went there is nearly right: else they were watched.
 */
static void show_writes(struct seq_file *file, struct fvd_image *image,
			unsigned int nr)
{
	struct fvd_lock *lock;
	struct fvd_io *io;
	u64 us;

	spin_lock_irq(&image->lock);
	for (lock = fvd_lock_next(&image->locks, 0); lock;
	     lock = fvd_lock_next(&image->locks, lock->last + 1)) {
		if (lock->kind != FVD_HELD_BY_WRITE)
			continue;
		io = container_of(lock, struct fvd_io, lock);
		if (READ_ONCE(io->watch.watched))
			continue;
		if (nr++ >= FVD_DEBUGFS_MAX_LINES) {
			seq_puts(file, "more\n");
			break;
		}
		us = jiffies_to_usecs(jiffies - io->watch.begun_jiffies);
		show_bio(file, io, us, us);
	}
	spin_unlock_irq(&image->lock);
}

/* The bios under way, oldest first; then first writes at the image. */
static int bios_show(struct seq_file *file, void *unused)
{
	unsigned int nr;

	seq_puts(file, "number op sector sectors stage age_us stage_age_us\n");
	nr = show_watched(file, file->private);
	if (nr <= FVD_DEBUGFS_MAX_LINES)
		show_writes(file, file->private, nr);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(bios);

static const char *const lock_kind_names[FVD_NR_LOCK_KINDS] = {
	[FVD_HELD_BY_WRITE] = "write",
	[FVD_HELD_BY_FETCH] = "fetch",
	[FVD_HELD_BY_PREFETCH] = "prefetch",
};

/* The held ranges, and who waits for each. */
static int locks_show(struct seq_file *file, void *unused)
{
	struct fvd_image *image = file->private;
	unsigned int nr = 0;
	struct fvd_lock *lock;
	struct fvd_io *io;

	seq_puts(file, "first_block last_block holder number waiters...\n");
	spin_lock_irq(&image->lock);
	for (lock = fvd_lock_next(&image->locks, 0); lock;
	     lock = fvd_lock_next(&image->locks, lock->last + 1)) {
		if (nr++ >= FVD_DEBUGFS_MAX_LINES) {
			seq_puts(file, "more\n");
			break;
		}
		seq_printf(file, "%llu %llu %s %llu", lock->first, lock->last,
			   lock_kind_names[lock->kind], lock->number);
		list_for_each_entry(io, &lock->waiters, list) {
			seq_printf(file, " %llu", io->watch.number);
			nr++;
		}
		seq_putc(file, '\n');
	}
	spin_unlock_irq(&image->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(locks);

static unsigned int count_list(struct list_head *list)
{
	struct list_head *at;
	unsigned int nr = 0;

	list_for_each(at, list)
		nr++;
	return nr;
}

/* The ring, the commit at work, and what waits to be committed. */
static int journal_show(struct seq_file *file, void *unused)
{
	struct fvd_image *image = file->private;
	struct fvd_commit *commit = &image->commit;
	struct fvd_ring *ring = &image->ring;

	spin_lock_irq(&image->lock);
	seq_printf(file, "blocks %llu\nused %llu\nreserved %llu\n",
		   ring->nr_blocks, ring->nr_used, ring->nr_reserved);
	seq_printf(file, "tail %llu\nhead %llu\nsequence %llu\n",
		   ring->tail_block, ring->head_block, ring->head_sequence);
	seq_printf(file, "commit %s\n", commit->running ? "running" : "idle");
	seq_printf(file, "commit_blocks %u\n",
		   commit->running ? commit->nr_blocks : 0);
	seq_printf(file, "commit_waiters %u\nrunning_waiters %u\nroom_waiters %u\n",
		   count_list(&commit->waiters),
		   count_list(&commit->running_waiters),
		   count_list(&image->credit_waiters));
	seq_printf(file, "pending_bytes %u\npending_most_bytes %u\n",
		   image->pending.done_bytes, image->pending.max_bytes);
	seq_printf(file, "checkpoint %s\ndirty_pages %llu\n",
		   commit->final_wanted ? "waits" : "idle",
		   image->nr_dirty_pages);
	spin_unlock_irq(&image->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(journal);

/* Runs of metadata pages that the next checkpoint has to write. */
static int pages_show(struct seq_file *file, void *unused)
{
	struct fvd_image *image = file->private;
	u64 nr_bitmap = image->map.geo.nr_bitmap_pages;
	u64 nr_pages = fvd_geometry_nr_pages(&image->map.geo);
	unsigned int nr = 0;
	u64 first, end;

	seq_puts(file, "what first last\n");
	spin_lock_irq(&image->lock);
	for (end = 0; end < nr_pages; ) {
		first = fvd_bitmap_find(image->dirty_pages, end, nr_pages, true);
		if (first == nr_pages)
			break;
		if (nr++ == FVD_DEBUGFS_MAX_LINES) {
			seq_puts(file, "more\n");
			break;
		}
		end = fvd_bitmap_find(image->dirty_pages, first, nr_pages,
				      false);
		if (first < nr_bitmap)
			end = min(end, nr_bitmap);
		if (first < nr_bitmap)
			seq_printf(file, "bitmap %llu %llu\n", first, end - 1);
		else
			seq_printf(file, "table %llu %llu\n", first - nr_bitmap,
				   end - 1 - nr_bitmap);
	}
	spin_unlock_irq(&image->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pages);

/* How many bios of each kind took how long: upper bounds of the buckets. */
static int latency_show(struct seq_file *file, void *unused)
{
	struct fvd_image *image = file->private;
	unsigned int path, bucket;
	s64 count;

	seq_puts(file, "path below_us bios\n");
	for (path = 0; path < FVD_NR_PATHS; path++) {
		for (bucket = 0; bucket < FVD_WATCH_BUCKETS; bucket++) {
			count = atomic64_read(&image->watch.latency[path][bucket]);
			if (!count)
				continue;
			seq_printf(file, "%s ", fvd_path_names[path]);
			if (bucket == FVD_WATCH_BUCKETS - 1)
				seq_puts(file, "inf");
			else
				seq_printf(file, "%lu", 1UL << bucket);
			seq_printf(file, " %lld\n", count);
		}
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(latency);

static int watch_get(void *unused, u64 *value)
{
	*value = READ_ONCE(watching);
	return 0;
}

static int watch_set(void *unused, u64 value)
{
	if (value > 1)
		return -EINVAL;
	mutex_lock(&watch_mutex);
	if (value && !watching)
		fvd_watch_get();
	else if (!value && watching)
		fvd_watch_put();
	WRITE_ONCE(watching, value);
	mutex_unlock(&watch_mutex);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(watch_fops, watch_get, watch_set, "%llu\n");

void fvd_debugfs_init(void)
{
	debugfs_root = debugfs_create_dir("dm-fvd", NULL);
	debugfs_create_file_unsafe("watch", 0600, debugfs_root, NULL,
				   &watch_fops);
}

void fvd_debugfs_exit(void)
{
	debugfs_remove_recursive(debugfs_root);
}

void fvd_debugfs_add(struct fvd_image *image)
{
	/* The disk is suspended; to wait for memory may be to wait for it. */
	unsigned int noio = memalloc_noio_save();
	struct dentry *folder = debugfs_create_dir(image->name, debugfs_root);

	image->debugfs = folder;
	debugfs_create_file("bios", 0400, folder, image, &bios_fops);
	debugfs_create_file("locks", 0400, folder, image, &locks_fops);
	debugfs_create_file("journal", 0400, folder, image, &journal_fops);
	debugfs_create_file("pages", 0400, folder, image, &pages_fops);
	debugfs_create_file("latency", 0400, folder, image, &latency_fops);
	memalloc_noio_restore(noio);
}

void fvd_debugfs_remove(struct fvd_image *image)
{
	debugfs_remove_recursive(image->debugfs);
	image->debugfs = NULL;
}
