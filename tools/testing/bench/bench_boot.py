#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What a disk was asked for while a guest booted: reads what a kernel's trace
tells of its first virtio disk, from stdin, and writes boot.trace to stdout.

A line for each request: microseconds of its issue and of its completion since
the first issue, R or W, first sector, sectors. Flushes and discards are left out.
It ends in front of cat, which copies the trace to the second disk."""

import re
import sys

LINE = re.compile(r"\s*(.*)-\d+ +\[.* (\d+\.\d+): block_rq_(issue|complete): 254,(\d+) (\w+) .*?"
                  r"\) (\d+) \+ (\d+) ")


def main():
    requests, tasks, open_requests, start = [], [], {}, None
    for line in sys.stdin:
        match = LINE.search(line)
        if not match:
            continue
        task, event, minor = match[1], match[3], int(match[4])
        us, kind = round(float(match[2]) * 1e6), match[5].lstrip("F")
        sector, count = int(match[6]), int(match[7])
        if minor == 16 and kind.startswith("W"):
            break
        if minor != 0 or not count or kind[0] not in "RW":
            continue
        if event == "issue":
            start = us if start is None else start
            request = [us - start, None, kind[0], sector, count]
            tasks.append(task)
            requests.append(request)
            open_requests[sector, count] = request
        elif (sector, count) in open_requests:
            open_requests.pop((sector, count))[1] = us - start
    if open_requests:
        sys.exit(f"bench_boot: {len(open_requests)} requests have no end")
    while tasks and tasks.pop() == "cat":
        requests.pop()
    for request in requests:
        print(*request)


if __name__ == "__main__":
    main()
