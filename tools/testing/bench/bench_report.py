# SPDX-License-Identifier: GPL-2.0-only
"""Tables and plots of what was measured."""

import json
import os
import re
import subprocess

import bench_profile
import bench_repeat

LINEAR = "dm-linear"


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def per_io(runs, name):
    """Virtual nanoseconds for a request; mean of the passes."""
    return mean(run[name]["ns"] / run[name]["ios"] for run in runs)


def iops(runs, name):
    return 1e9 / per_io(runs, name)


def unrepeatable(case, result):
    """What differs between the passes by more than the limit."""
    return [f"{case}: {peer}: {name}: passes differ by {100 * spread:.2f} %"
            for peer, runs in result["peers"].items()
            for name, spread in bench_repeat.apart(case, runs)]


class Table:
    """Rows of text, as Markdown or reStructuredText."""

    def __init__(self, *head):
        self.rows = [head]

    def add(self, *row):
        self.rows.append([str(cell) for cell in row])

    def widths(self):
        return [max(len(row[i]) for row in self.rows) for i in range(len(self.rows[0]))]

    def markdown(self):
        lines = ["| " + " | ".join(row) + " |" for row in self.rows]
        lines.insert(1, "|" + " --- |" * len(self.rows[0]))
        return "\n".join(lines)

    def rst(self):
        widths = self.widths()
        bar = "  ".join("=" * width for width in widths)
        lines = ["  ".join(cell.ljust(width)
                           for cell, width in zip(row, widths)).rstrip()
                 for row in self.rows]
        return "\n".join([bar, lines[0], bar, *lines[1:], bar])


def number(value):
    """Three digits that matter, and no more."""
    if value >= 1e6:
        return f"{value / 1e6:.2f} M"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}"


def hydrated_tables(result):
    peers = result["peers"]
    linear = peers.get(LINEAR)
    share = Table("competitor", "read QD1", "QD32", "QD32 ring", "1 MiB", "write QD1",
                  "QD32", "QD32 ring", "1 MiB")
    above = Table("competitor", "read", "write")
    names = [f"{op}-{what}" for op in ("read", "write")
             for what in ("4k-qd1", "4k-qd32", "4k-qd32-ring", "1m")]
    for peer, runs in peers.items():
        cells = [f"{iops(runs, name) / iops(linear, name):.3f}" for name in names]
        if peer == LINEAR:
            cells = [number(iops(runs, name)) for name in names]
        share.add(peer, *cells)
        above.add(peer, *(f"{mean(run[name]['p50_ns'] for run in runs) - mean(run[name]['p50_ns'] for run in linear):+.0f}"
                          for name in ("read-4k-qd1", "write-4k-qd1")))
    return [("Share of dm-linear's IOPS; in dm-linear's own row requests a virtual "
             "second", share),
            ("Instructions for a 4 KiB request, QD1, above dm-linear (median)", above)]


def first_write_tables(result):
    peers = result["peers"]
    linear = peers.get(LINEAR)
    speed = Table("competitor", "4 KiB QD1", "4 KiB QD32", "64 KiB QD32",
                  "4 KiB, fsync each", "64 KiB, fsync each", "p50 µs", "p99 µs")
    counts = Table("competitor", "phase", "metadata writes", "metadata bytes",
                   "data bytes", "flushes")
    names = ("4k-qd1", "4k-qd32", "64k-qd32", "4k-fsync", "64k-fsync")
    for peer, runs in peers.items():
        cells = [f"{iops(runs, name) / iops(linear, name):.3f}" for name in names]
        if peer == LINEAR:
            cells = [number(iops(runs, name)) for name in names]
        last = runs[0]["4k-fsync"]
        speed.add(peer, *cells, f"{last['p50_ns'] / 1000:.1f}",
                  f"{last['p99_ns'] / 1000:.1f}")
        for name in ("4k-qd32", "4k-fsync"):
            run, ios = runs[0][name], runs[0][name]["ios"]
            lower = run["lower"]
            counts.add(peer, name, f"{lower['metadata_writes'] / ios:.3f}",
                       f"{lower['metadata_bytes'] / ios:.0f}",
                       f"{lower['data_bytes'] / ios:.0f}",
                       f"{lower['flushes'] / ios:.3f}")
    return [("Share of dm-linear's IOPS (its own row: requests a virtual second), and "
             "latency of a 4 KiB write with fsync", speed),
            ("On the disks below, for each write of the guest", counts)]


def cold_read_tables(result):
    delays = ("1ms", "10ms", "50ms")
    table = Table("competitor", *(f"{delay} {which}" for delay in delays
                                  for which in ("first", "second")),
                  "fetched", "again")
    for peer, runs in result["peers"].items():
        run = runs[0]
        table.add(peer, *(number(run[f"{delay}-{which}"]["p50_ns"] / 1000)
                          for delay in delays for which in ("first", "second")),
                  f"{run['10ms-fetched-per-byte']:.2f}",
                  f"{run['10ms-fetched-again']:.2f}")
    return [("", table)]


def recovery_tables(result):
    table = Table("image", "journal blocks in use", "µs")
    for peer, runs in result["peers"].items():
        for blocks in ("0", "500", "1000", "2000"):
            table.add(peer, f"{runs[0][f'{blocks}-journal-blocks']}",
                      number(mean(run[f"{blocks}-us"] for run in runs)))
    return [("", table)]


def postmark_tables(result):
    peers = result["peers"]
    table = Table("competitor", "memory: transactions/s", "of raw", "files/s",
                  "rotating: transactions/s", "of raw", "files/s", "writes",
                  "flushes")
    for peer, runs in peers.items():
        cells = []
        for kind in ("memory", "rotating"):
            rate = iops(runs, kind)
            share = f"{rate / iops(peers['raw'], kind):.3f}" if "raw" in peers else "-"
            files = mean(1e9 * run[kind]["created"] / run[kind]["ns"] for run in runs)
            cells += [number(rate), share, number(files)]
        lower, ios = runs[0]["rotating"]["lower"], runs[0]["rotating"]["ios"]
        table.add(peer, *cells, f"{lower['writes'] / ios:.2f}",
                  f"{lower['flushes'] / ios:.2f}")
    return [("Transactions and files created in a virtual second; writes and flushes "
             "that reached the rotating disk for each transaction", table)]


def smp_tables(result):
    table = Table("competitor", "request", "dm-linear, 2 to 1", "competitor, 2 to 1",
                  "of dm-linear's")
    for peer, runs in result["peers"].items():
        for name in ("read", "write"):
            scale = {which: mean(run[f"{name}-{which}-2"] / run[f"{name}-{which}-1"]
                                 for run in runs) for which in ("linear", "peer")}
            table.add(peer, name, f"{scale['linear']:.2f}", f"{scale['peer']:.2f}",
                      f"{scale['peer'] / scale['linear']:.3f}")
    return [("Requests a second of two processors, each with its own process, in "
             "those of one", table)]


def hydration_tables(result):
    idle = Table("competitor", "prefetch MB/s", "copy, 1 deep", "copy, 16 deep",
                 "share of the best", "read for a byte of the base")
    loaded = Table("competitor", "guest", "p50 µs without", "with", "p99 µs without",
                   "with", "times", "prefetch KiB/s")
    for peer, runs in result["peers"].items():
        value = {key: mean(run[key] for run in runs) for key in runs[0]}
        idle.add(peer, number(value["prefetch-mb-per-s"]),
                 number(value["copy-1-mb-per-s"]), number(value["copy-16-mb-per-s"]),
                 f"{value['share-of-best-copy']:.3f}",
                 f"{value['read-per-base-byte']:.6f}")
        for load in ("read-base", "read-local", "write-local"):
            loaded.add(peer, load, number(value[f"{load}-p50-us-without"]),
                       number(value[f"{load}-p50-us"]),
                       number(value[f"{load}-p99-us-without"]),
                       number(value[f"{load}-p99-us"]),
                       f"{value[f'{load}-p99-times']:.2f}",
                       number(value[f"{load}-prefetch-kib-per-s"]))
    return [("An idle guest", idle), ("A steady guest, with prefetch and without", loaded)]


def boot_tables(result):
    table = Table("competitor", "seconds", "from the base, MiB", "3 x faster: seconds",
                  "from the base, MiB")
    for peer, runs in result["peers"].items():
        table.add(peer, *(f"{mean(run[f'{speed}x-{what}'] for run in runs):.2f}"
                          for speed in (1, 3) for what in ("seconds", "base-mib")))
    return [("", table)]


def plain_table(result):
    """For cases whose results are figures by name."""
    names = []
    for runs in result["peers"].values():
        names += [name for name in runs[0] if name not in names]
    table = Table("competitor", *names)
    for peer, runs in result["peers"].items():
        table.add(peer, *(number(mean(run[name] for run in runs))
                          if name in runs[0] else "-" for name in names))
    return [("", table)]


TABLES = {"hydrated": hydrated_tables, "first-write": first_write_tables,
          "cold-read": cold_read_tables, "recovery": recovery_tables,
          "postmark": postmark_tables, "smp": smp_tables,
          "hydration": hydration_tables, "boot": boot_tables}


def profile_text(folder):
    """Functions of dm-fvd's paths that cost most above dm-linear's."""
    lines, linear = [], {}
    for peer, path, functions in bench_profile.profiles(folder):
        linear.setdefault(path, functions)
        base = linear[path]
        if peer == LINEAR:
            continue
        lines.append(f"{peer}, {path}: {sum(functions.values()):.0f} instructions, "
                     f"dm-linear {sum(base.values()):.0f}")
        more = {name: functions.get(name, 0) - base.get(name, 0)
                for name in set(functions) | set(base)}
        for name in sorted(more, key=lambda name: -abs(more[name]))[:18]:
            if abs(more[name]) >= 10:
                lines.append(f"  {more[name]:+8.0f}  {name}")
        lines.append("")
    return "\n".join(lines)


def plot(title, table, path):
    """Bars of the last column of figures, as SVG."""
    column = next((i for i in range(1, len(table.rows[0]))
                   if re.fullmatch(r"[+-]?[\d.,]+( M)?", table.rows[-1][i])), None)
    if column is None:
        return
    rows = [(row[0], float(re.sub(r"[, M]", "", row[column])) *
             (1e6 if "M" in row[column] else 1)) for row in table.rows[1:]]
    rows = [row for row in rows if row[0] != LINEAR or column == 0] or rows
    most = max(abs(value) for _, value in rows) or 1
    height = 24 * len(rows) + 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="{height}" '
             'font-family="sans-serif" font-size="12">',
             f'<text x="8" y="18">{title}: {table.rows[0][column]}</text>']
    for index, (name, value) in enumerate(rows):
        y = 32 + 24 * index
        parts.append(f'<text x="8" y="{y + 13}">{name}</text>'
                     f'<rect x="190" y="{y}" width="{360 * abs(value) / most:.0f}" '
                     f'height="18" fill="{"#36c" if "fvd" in name else "#999"}"/>'
                     f'<text x="{196 + 360 * abs(value) / most:.0f}" y="{y + 13}">'
                     f'{number(value)}</text>')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts + ["</svg>\n"]))


def replace_between(text, case, new):
    begin, end = f".. begin {case}\n", f".. end {case}\n"
    if begin not in text:
        return text
    head, rest = text.split(begin, 1)
    return head + begin + "\n" + new + "\n" + end + rest.split(end, 1)[1]


def rst_of(case, result, build):
    if case == "profile":
        body = "\n".join("  " + line if line else ""
                         for line in profile_text(f"{build}/profile").splitlines())
        return "::\n\n" + body.rstrip() + "\n"
    return "\n".join((f"{title}:\n\n" if title else "") + table.rst() + "\n"
                     for title, table in tables_of(case, result))


def tables_of(case, result):
    return TABLES.get(case, plain_table)(result)


def document(results, top, build):
    path = f"{top}/Documentation/performance.rst"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for case, result in results.items():
        text = replace_between(text, case, rst_of(case, result, build))
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_markdown(results, build):
    with open(f"{build}/results.md", "w", encoding="utf-8") as file:
        for case, result in results.items():
            file.write(f"## {case}\n\n")
            if case == "profile":
                file.write("```\n" + profile_text(f"{build}/profile") + "```\n\n")
                continue
            for index, (title, table) in enumerate(tables_of(case, result)):
                file.write((title + "\n\n" if title else "") + table.markdown() + "\n\n")
                plot(case, table, f"{build}/{case}-{index}.svg")


def report(results, cases, failed, options, top, build):
    """Write everything; 0 if all cases ran and were repeatable."""
    problems = []
    if not options.smoke:
        for case in cases:
            if case in results and case != "smp":
                problems += unrepeatable(case, results[case])
    for result in results.values():
        result["peers"] = {peer: bench_repeat.agreed(runs)
                           for peer, runs in result["peers"].items()}
    commit = subprocess.run(["git", "-C", top, "rev-parse", "--short", "HEAD"],
                            text=True, stdout=subprocess.PIPE, check=False)
    with open(f"{build}/results.json.new", "w", encoding="ascii") as file:
        json.dump({"commit": commit.stdout.strip(), "cases": results}, file, indent=1)
    os.rename(f"{build}/results.json.new", f"{build}/results.json")
    write_markdown(results, build)
    if options.document:
        document(results, top, build)
    print("\n".join(problems), end="\n" if problems else "")
    print(f"{build}/results.md, results.json")
    # Each case is a test: it ran, its data was right, its passes agree.
    bad = set(failed) | {problem.split(":")[0] for problem in problems}
    print(f"{len(cases) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0
