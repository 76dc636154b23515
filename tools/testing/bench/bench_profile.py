#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""profile-report OUT: instructions for each request by function, from what
profile.so, the case "profile" and /proc/kallsyms left in the folder OUT."""

import bisect
import collections
import json
import sys


def load_symbols(path):
    """Sorted addresses and names of what can be executed."""
    symbols = []
    with open(path, encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[1] in "tTwW":
                module = f" {words[3]}" if len(words) > 3 else ""
                symbols.append((int(words[0], 16), words[2] + module))
    symbols.sort()
    return [address for address, _ in symbols], [name for _, name in symbols]


def load_sections(path):
    """One counter of instructions by address for each pair of marks."""
    sections, current = [], None
    with open(path, encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[0] == "begin":
                current = collections.Counter()
            elif words[0] == "end":
                sections.append(current)
            else:
                current[int(words[0], 16)] += int(words[1]) * int(words[2])
    return sections


def by_function(counter, addresses, names):
    functions = collections.Counter()
    for address, instructions in counter.items():
        index = bisect.bisect_right(addresses, address) - 1
        name = names[index] if address >> 47 and index >= 0 else "user space"
        functions[name] += instructions
    return functions


def profiles(out):
    """(competitor, path, instructions a request by function), in order."""
    addresses, names = load_symbols(f"{out}/kallsyms")
    sections = iter(load_sections(f"{out}/profile.txt"))
    with open(f"{out}/profile.json", encoding="ascii") as file:
        results = json.load(file)["peers"]
    for peer, runs in results.items():
        for path, count in runs[0]:
            functions = by_function(next(sections), addresses, names)
            yield peer, path, {name: value / count
                               for name, value in functions.items()}


def main():
    out = sys.argv[1]
    least = float(sys.argv[2]) if len(sys.argv) > 2 else 10
    linear = {}
    for peer, path, functions in profiles(out):
        linear.setdefault(path, functions)
        base = linear[path]
        print(f"## {peer}, {path}: {sum(functions.values()):.0f} instructions, "
              f"dm-linear {sum(base.values()):.0f}")
        names = set(functions) | set(base)
        rows = [(functions.get(name, 0), functions.get(name, 0) - base.get(name, 0),
                 name) for name in names]
        rows.sort(key=lambda row: -abs(row[1]) if peer != "dm-linear" else -row[0])
        for value, more, name in rows[:45]:
            if (abs(more) if peer != "dm-linear" else value) >= least:
                print(f"{value:9.1f} {more:+9.1f}  {name}")


if __name__ == "__main__":
    main()
