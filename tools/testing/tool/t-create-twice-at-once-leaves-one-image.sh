# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Who is refused, because another made the file meanwhile, does not remove it. The
# second one is held up where it has seen that there is no file.
strace -o strace.log true || skip "no strace"
rm strace.log
strace -o strace.log -P "$PWD/image" -e trace=%%stat \
	-e inject=%%stat:delay_exit=3000000:when=1 \
	"$FVD" create "$PWD/image" --size 4M 2>err >out &
until [ -s strace.log ]; do
	kill -0 $! || fail "strace does not start: $(cat err)"
	sleep 0.1
done
fvd create image --size 4M --label first
got=0
wait $! || got=$?
is $got 4
is "$(value label image)" first
