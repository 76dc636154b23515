#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The prompt of dmsim completes commands and keeps a history.
. "$(dirname "$0")/lib.sh"

dmsim=$(realpath "$(dirname "$0")/../../../build/tools/dmsim")
[ -x "$dmsim" ] || sim_fail "make tools first"
sim_create a
HOME=$sim_folder TERM=dumb python3 - "$dmsim" <<'END' || sim_fail "see above"
import os, pty, signal, sys
signal.alarm(100)
pid, fd = pty.fork()
if not pid:
    os.execv(sys.argv[1], [sys.argv[1], "a"])


unread = b""


def wait_for(text):
    global unread
    while text not in unread:
        unread += os.read(fd, 4096)
    unread = unread[unread.index(text) + len(text):]


wait_for(b"a> ")
for keys, answer in ((b"set_s\t3\n", b"set_state 3"), (b"statu\t\n", b"state 3"),
                     (b"\x10\n", b"state 3")):
    os.write(fd, keys)
    wait_for(answer)
    wait_for(b"a> ")
os.write(fd, b"quit\n")
_, status = os.waitpid(pid, 0)
with open(os.path.join(os.environ["HOME"], ".dmsim_history")) as file:
    history = file.read().split("\n")
assert history[:2] == ["set_state 3", "status "], history
sys.exit(os.waitstatus_to_exitcode(status))
END
