#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""plot.py PREFETCH-SIM FOLDER: run the simulation, draw its series as SVG.

Each picture has panels one above the other, one for each column, with time
from left to right. Nothing but the standard library is needed, and the same
numbers give the same bytes.
"""
import csv
import os
import subprocess
import sys
import tempfile

# File of the picture, title, panels: (label, [(series, column, colour, name)]).
BLUE, RED, GREY = "#1f5fa8", "#b8321a", "#777777"
PICTURES = [
    ("idle", "An idle guest: prefetch over the way, 50 MB/s and 10 ms", [
        ("MB/s", [("idle-far", "prefetch MB/s", BLUE, "prefetch")]),
        ("window, KiB", [("idle-far", "window KiB", GREY, "window")]),
    ]),
    ("steady", "A guest with 200 reads of the base and 500 local I/Os a second", [
        ("MB/s", [("steady-medium", "prefetch MB/s", BLUE, "prefetch")]),
        ("p95 of base reads, ms", [("steady-medium", "base p95 ms", RED, "guest")]),
        ("p95 of local I/O, ms", [("steady-medium", "local p95 ms", RED, "guest")]),
        ("window, KiB", [("steady-medium", "window KiB", GREY, "window")]),
    ]),
    ("bursty", "A guest that works 2 s and rests 6 s", [
        ("MB/s", [("bursty", "prefetch MB/s", BLUE, "prefetch")]),
        ("p95 of base reads, ms", [("bursty", "base p95 ms", RED, "guest")]),
        ("window, KiB", [("bursty", "window KiB", GREY, "window")]),
    ]),
    ("recorded", "A recorded guest: a file system mounted, searched, packed, compiled on", [
        ("MB/s", [("recorded", "prefetch MB/s", BLUE, "prefetch")]),
        ("p95 of base reads, ms", [("recorded", "base p95 ms", RED, "guest")]),
        ("window, KiB", [("recorded", "window KiB", GREY, "window")]),
    ]),
    ("thousand-storm", "A thousand clients of a server of 1 GB/s, switched on together", [
        ("queue of the server, ms; no manners",
         [("rude-storm", "queue ms", RED, "no manners")]),
        ("with manners", [("thousand-storm", "queue ms", BLUE, "manners")]),
    ]),
    ("thousand-pauses", "A thousand clients find the same server busy: how many hold back?", [
        ("all with the same seed",
         [("same-seeds-pauses", "holding back", RED, "same seed")]),
        ("each with its own", [("thousand-pauses", "holding back", BLUE, "own")]),
    ]),
]
WIDTH, PANEL, LEFT, TOP, GAP = 720, 110, 60, 34, 34
POINTS = 360


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def thin(points):
    """At most POINTS of them; the greatest of those that fall together."""
    step = max(1, len(points) // POINTS)
    return [(points[i][0], max(y for _, y in points[i:i + step]))
            for i in range(0, len(points), step)]


def nice(value):
    """A round number not below value."""
    unit = 1.0
    while unit * 10 < value:
        unit *= 10
    while unit > value > 0:
        unit /= 10
    return next(unit * f for f in (1, 2, 5, 10) if unit * f >= value)


def text(x, y, words, size=11, anchor="start"):
    return (f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" '
            f'text-anchor="{anchor}">{words}</text>')


def panel(top, label, lines, series):
    out = []
    drawn = [(thin([(float(row["s"]), float(row[column])) for row in series[name]]), colour)
             for name, column, colour, _ in lines]
    last = max(points[-1][0] for points, _ in drawn)
    most = nice(max(y for points, _ in drawn for _, y in points) or 1)
    width = WIDTH - LEFT - 20
    out.append(f'<rect x="{LEFT}" y="{top}" width="{width}" height="{PANEL}" '
               'fill="none" stroke="#999999"/>')
    out.append(text(LEFT, top - 4, label))
    out.append(text(LEFT - 4, top + 10, f"{most:g}", anchor="end"))
    out.append(text(LEFT - 4, top + PANEL, "0", anchor="end"))
    for part in range(0, 7):
        x = LEFT + width * part / 6
        out.append(text(x, top + PANEL + 13, f"{last * part / 6:.0f} s", 9, "middle"))
    for points, colour in drawn:
        path = " ".join(f"{LEFT + width * x / last:.1f},{top + PANEL * (1 - y / most):.1f}"
                        for x, y in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" '
                   'stroke-width="1.2"/>')
    return out


def draw(title, panels, series):
    height = TOP + len(panels) * (PANEL + GAP) + 4
    out = ['<?xml version="1.0" encoding="UTF-8"?>',
           "<!-- SPDX-License-Identifier: GPL-2.0-only; "
           "made by tools/testing/prefetch-sim/plot.py -->",
           f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
           f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
           f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
           text(LEFT, 14, title, 13)]
    for i, (label, lines) in enumerate(panels):
        out += panel(TOP + i * (PANEL + GAP), label, lines, series)
    return "\n".join(out + ["</svg>", ""])


def main():
    program, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        environment = dict(os.environ, SEED="1")
        subprocess.run([program, "--plots", work], check=True, env=environment,
                       stdout=subprocess.DEVNULL)
        series = {name[:-4]: read(os.path.join(work, name)) for name in os.listdir(work)}
    for name, title, panels in PICTURES:
        with open(os.path.join(folder, name + ".svg"), "w", encoding="utf-8") as file:
            file.write(draw(title, panels, series))


if __name__ == "__main__":
    main()
