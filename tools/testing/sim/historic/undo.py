#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""undo.py MD OUT: copies of dm-thin and dm-clone in which a fix is undone.

  thin-flush   694cfe7f31db  the data device was not flushed before the
                             metadata that point to its new blocks were
                             committed
  thin-fua     4ae280b4ee34  an overwrite with FUA was acknowledged before the
                             metadata that make it reachable were committed
  clone-flush  8b3fd1f53af3  as thin-flush

The source is that of the kernel under test; only the edits stand here. Each
must be found exactly once, so a source that has changed is noticed.
"""
import pathlib
import shutil
import sys

THIN_NAMES = [
    ('.name = "thin-pool",', '.name = "{0}-pool",'),
    ('.name = "thin",', '.name = "{0}",'),
    ("KMEM_CACHE(dm_thin_new_mapping, 0)",
     'kmem_cache_create("{0}", sizeof(struct dm_thin_new_mapping), 0, 0, NULL)'),
]
# The flush of the guest then went to the data device after the commit.
LATE_FLUSH = ("\t\tif (bio->bi_opf & REQ_PREFLUSH)\n\t\t\tbio_endio(bio);",
              "\t\tif (false)\n\t\t\tbio_endio(bio);")

MODULES = {
    "thin-flush": ("dm-thin.c", "dm-thin-metadata.c", THIN_NAMES + [
        ("return blkdev_issue_flush(pool->data_dev);", "return 0;"), LATE_FLUSH]),
    "thin-fua": ("dm-thin.c", "dm-thin-metadata.c", THIN_NAMES + [
        ("before signaling its completion.\n\t */\n\tif (!bio_triggers_commit(tc, bio)) {",
         "before signaling its completion.\n\t */\n\tif (true) {")]),
    "clone-flush": ("dm-clone-target.c", "dm-clone-metadata.c", [
        ('.name = "clone",', '.name = "{0}",'),
        ("KMEM_CACHE(dm_clone_region_hydration, 0)",
         'kmem_cache_create("{0}", sizeof(struct dm_clone_region_hydration), 0, 0, NULL)'),
        ("r = blkdev_issue_flush(clone->dest_dev->bdev);", "r = 0;"),
        ("*dest_dev_flushed = true;", "*dest_dev_flushed = false;")]),
}


def main():
    source, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for header in source.glob("*.h"):
        shutil.copy(header, out)
    shutil.copytree(source / "persistent-data", out / "persistent-data",
                    ignore=lambda _, names: [n for n in names if not n.endswith(".h")])
    rules = []
    for name, (target, metadata, edits) in MODULES.items():
        text = (source / target).read_text()
        for old, new in edits:
            if text.count(old) != 1:
                sys.exit(f"{target}: {text.count(old)} times instead of once: {old}")
            text = text.replace(old, new.replace("{0}", name))
        (out / f"{name}-target.c").write_text(text)
        shutil.copy(source / metadata, out / f"{name}-metadata.c")
        rules += [f"obj-m += undone-{name}.o",
                  f"undone-{name}-y := {name}-target.o {name}-metadata.o"]
    (out / "Kbuild").write_text("\n".join(rules) + "\n")


main()
