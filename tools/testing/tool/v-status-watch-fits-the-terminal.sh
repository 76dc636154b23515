# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image"
read_all disk
fvd status --watch disk >out
[ "$(tail -n 1 out | wc -c)" -gt 81 ] || fail "that fits anyway"
# on_terminal COLUMNS: the longest line that it writes there, into ./line.
on_terminal() {
	python3 - "$FVD" "$1" <<-'END' >line
	import fcntl, os, pty, struct, sys, termios
	pid, fd = pty.fork()
	if not pid:
	    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("4H", 24, int(sys.argv[2]), 0, 0))
	    os.execv(sys.argv[1], [sys.argv[1], "status", "--watch", "disk"])
	text = b""
	try:
	    while part := os.read(fd, 4096): text += part
	except OSError:
	    pass
	lines = text.decode().replace("\033[K", "").replace("\n", "\r").split("\r")
	print(max(lines, key=len))
	END
}
on_terminal 200
cmp line <(tail -n 1 out)
# A shorter bar, and nothing is missing.
on_terminal 80
is "$(tr -d '#' <line)" "$(tail -n 1 out | tr -d '#')"
is "$(wc -c <line)" 80 # with the newline
# The shortest one, and the end is missing.
on_terminal 40
is "$(wc -c <line)" 40
says '^disk: \[##########] 100.0 %, 4' line
