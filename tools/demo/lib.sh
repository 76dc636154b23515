# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # variables for those who source it
# What the driver of the demo and its parts in the guests share: numbered
# steps, shown commands with time limits, checks, and notes for the summary.
# To be sourced, with $DEMO_OUT and $DEMO_BOLD set; the files there are one
# record of the whole demo, whoever writes to it:
#
#   steps.tsv    number, seconds, title
#   checks.tsv   number of the step, "ok" or "failed", text
#   figures.tsv  name, value

PATH=$PATH:/usr/sbin:/sbin
# A number of $EPOCHREALTIME shall look the same everywhere.
export LC_ALL=C.UTF-8

step_title=

# step TITLE: end the previous step, and begin the next.
step() {
	end_step
	step_number=$(($(<"$DEMO_OUT/number") + 1))
	echo "$step_number" >"$DEMO_OUT/number"
	step_title=$1
	step_start=${EPOCHREALTIME/./}
	if [ "$DEMO_BOLD" = yes ]; then
		printf '\n\e[1m%2d. %s\e[0m\n' "$step_number" "$1"
	else
		printf '\n%2d. %s\n' "$step_number" "$1"
	fi
}

# since MICROSECONDS: seconds from then to now, with two decimals
since() {
	local hundredths=$(((${EPOCHREALTIME/./} - $1 + 5000) / 10000))
	printf '%d.%02d' $((hundredths / 100)) $((hundredths % 100))
}

end_step() {
	[ -n "$step_title" ] || return 0
	printf '%s\t%s\t%s\n' "$step_number" "$(since "$step_start")" "$step_title" \
		>>"$DEMO_OUT/steps.tsv"
	step_title=
}

say() {
	echo "    $*"
}

# figure NAME VALUE: for the summary
figure() {
	printf '%s\t%s\n' "$1" "$2" >>"$DEMO_OUT/figures.tsv"
}

record() {
	printf '%s\t%s\t%s\n' "$step_number" "$1" "$2" >>"$DEMO_OUT/checks.tsv"
}

# fail TEXT: what comes next would make no sense.
fail() {
	record failed "$1"
	echo "    FAILED: $1" >&2
	end_step
	exit 1
}

# check TEXT COMMAND...: does COMMAND succeed? If not, the demo goes on, but
# has failed.
check() {
	local text=$1
	shift
	if "$@"; then
		record ok "$text"
		say "ok: $text"
	else
		record failed "$text"
		say "FAILED: $text"
	fi
}

# Seconds that a command may take, unless said otherwise.
default_limit=60

# limited SECONDS COMMAND...: fails with a message after that time.
limited() {
	local limit=$1 status=0
	shift
	timeout -k 5 "$limit" "$@" </dev/null || status=$?
	[ $status != 124 ] || echo "not done after $limit s"
	return $status
}

# run [-l SECONDS] COMMAND...: show the command and its output. Sets
# $run_seconds. The demo ends if it fails.
run() {
	local limit=$default_limit start status=0
	[ "$1" != -l ] || { limit=$2; shift 2; }
	say "# $*"
	start=${EPOCHREALTIME/./}
	limited "$limit" "$@" 2>&1 | sed -u 's/^/    /' || status=$?
	run_seconds=$(since "$start")
	[ $status = 0 ] || fail "$1 failed with status $status"
}

# shell [-l SECONDS] SCRIPT: the same for a line of shell
shell() {
	local limit=$default_limit start status=0
	[ "$1" != -l ] || { limit=$2; shift 2; }
	say "# $1"
	start=${EPOCHREALTIME/./}
	limited "$limit" bash -c "set -o pipefail; $1" 2>&1 | sed -u 's/^/    /' || status=$?
	run_seconds=$(since "$start")
	[ $status = 0 ] || fail "status $status: $1"
}

# wait_until SECONDS WHAT COMMAND...: until COMMAND succeeds; the demo ends if
# it does not in that time.
wait_until() {
	local limit=$1 what=$2
	local deadline=$((SECONDS + limit))
	shift 2
	until "$@"; do
		[ $SECONDS -lt $deadline ] || fail "$what: not within $limit s"
		sleep 0.2
	done
}

mib() {
	echo "$((($1 + 524288) / 1048576)) MiB"
}
