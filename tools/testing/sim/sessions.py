#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""sessions.py RST: run the console sessions of a document, in one shell and in
order, and compare what they print with what the document says."""
import subprocess
import sys


def sessions(path):
    """Yields (line number, command, expected output) of all blocks."""
    inside, number, command, output = False, 0, None, []
    for count, line in enumerate(open(path), 1):
        text = line.rstrip("\n")
        if text == ".. code-block:: console":
            inside = True
        elif inside and text and not text.startswith("  "):
            inside = False
        elif inside and text.startswith("  # "):
            if command is not None:
                yield number, command, output
            number, command, output = count, text[4:], []
        elif inside and text.startswith("  > "):
            command += "\n" + text[4:]
        elif inside and text:
            output.append(text[2:])
    if command is not None:
        yield number, command, output


def main():
    shell = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True)
    wrong = 0
    for number, command, expected in sessions(sys.argv[1]):
        shell.stdin.write(command + "\nprintf '\\n== end of command\\n'\n")
        shell.stdin.flush()
        found = []
        for line in shell.stdout:
            if line == "== end of command\n":
                break
            found.append(line.rstrip("\n"))
        found = "\n".join(found).rstrip("\n")
        expected = "\n".join(expected)
        if found != expected:
            print(f"{sys.argv[1]}:{number}: {command}\n  says {expected}\n  is   {found}", flush=True)
            wrong += 1
    shell.stdin.close()
    shell.wait()
    return wrong > 0


sys.exit(main())
