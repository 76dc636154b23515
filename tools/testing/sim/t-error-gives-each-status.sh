#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# error=STATUS takes any block status, and the program gets its errno.
. "$(dirname "$0")/lib.sh"

sim_create a
python3 - <<'END' || sim_fail "see above"
import errno, mmap, os, subprocess, sys
fd = os.open("/dev/mapper/a", os.O_RDWR | os.O_DIRECT)
page = mmap.mmap(-1, 4096)
names = ("EIO ENODATA ETIMEDOUT ENOSPC ENOLINK EREMOTEIO EBADE EILSEQ "
         "ENOMEM EBUSY ENODEV EOPNOTSUPP").split()
for name in names:
    subprocess.check_call(["dmsetup", "message", "a", "0", "fail_nth", "1",
                           f"op=write,error={name}"])
    try:
        os.pwrite(fd, page, 0)
        found = "success"
    except OSError as error:
        found = errno.errorcode[error.errno]
    if found not in (name, "ENOTSUP" if name == "EOPNOTSUPP" else name):
        sys.exit(f"{name}: found {found}")
END
