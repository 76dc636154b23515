# SPDX-License-Identifier: GPL-2.0-only
"""Are the passes of a case the same? What the guest's kernel does now and then by
itself falls into one pass and not into another: so there are more where two differ,
until two agree or it was tried often, and of each figure the two that are nearest
count."""

import itertools

# By which two passes may differ.
LIMIT = 0.005
# Of dm-snapshot's now and then no two of three agree.
MOST_PASSES = 5
# ext4's and the page cache's timers decide what is written in which order, and how
# far a head has to go.
LIMITS = {"postmark": 0.05}


def limit(case):
    return LIMITS.get(case, LIMIT)


def timed(runs):
    """Names of the figures that are times."""
    return [name for name, value in runs[0].items()
            if isinstance(value, dict) and "ns" in value]


def spread(pair, name):
    times = [run[name]["ns"] for run in pair]
    return max(times) / min(times) - 1


def nearest(runs, name):
    return min(itertools.combinations(runs, 2), key=lambda pair: spread(pair, name))


def apart(case, runs):
    """(name, spread) of what no two passes agree on."""
    if len(runs) < 2:
        return []
    spreads = [(name, spread(nearest(runs, name), name)) for name in timed(runs)]
    return [(name, value) for name, value in spreads if value > limit(case)]


def wants_more(case, runs):
    """Another pass? Cases that have one only never do."""
    return 2 <= len(runs) < MOST_PASSES and bool(apart(case, runs))


def agreed(runs):
    """Two passes, made of those figures that are nearest."""
    if len(runs) < 3:
        return runs
    first, second = dict(runs[0]), dict(runs[1])
    for name in timed(runs):
        pair = nearest(runs, name)
        first[name], second[name] = pair[0][name], pair[1][name]
    return [first, second]
