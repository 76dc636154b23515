# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Decide what became of a guest. Sourced by scripts/vm.

# Prints the guest's kernel log from where the command starts; without carriage
# returns. What went wrong before is no fault of what is tested.
log_since_start() {
	tr -d '\r' <"$job/kernel.log" | sed -n '/vm: the command starts$/,$p'
}

# reports: one pattern that matches every line that begins a report.
reports() {
	local stamp='(\[ *[0-9]+\.[0-9]+\] *)?(\[ *[TC][0-9]+\] *)?([a-z_-]+: )?'
	printf '^%s(' "$stamp"
	grep -v '^#' "$top/scripts/vm.d/reports" | paste -sd '|' | tr -d '\n'
	printf ')'
}

# print_report: the first report and what follows it.
print_report() {
	log_since_start | grep -E -m 1 -A 60 -e "$(reports)" >&2
	note "the guest's kernel reported a bug (above)"
}

has_report() {
	log_since_start | grep -qE -e "$(reports)"
}

keep_log() {
	mkdir -p "$top/build/vm"
	tr -d '\r' <"$job/kernel.log" >"$top/build/vm/last-$kernel.log"
	[ -z "$log" ] || cp "$top/build/vm/last-$kernel.log" "$log"
}

print_end_of_log() {
	tr -d '\r' <"$job/kernel.log" | tail -n "$1" >&2
	cat "$job"/machine-errors >&2 2>/dev/null || :
}

give_verdict() {
	if has_report; then
		print_report
		[ ! -e "$job/timed-out" ] || note "and it did not end in $timeout s"
		exit "$status_report"
	fi
	if [ -s "$job/status" ]; then
		exit "$(<"$job/status")"
	fi
	if [ -e "$job/poweroff" ] || log_since_start | grep -q 'sysrq: Power Off'; then
		exit "$status_poweroff"
	fi
	if [ -e "$job/timed-out" ]; then
		print_end_of_log 80
		note "the guest did not end in $timeout s, and was killed"
		exit "$status_timeout"
	fi
	print_end_of_log 40
	note "the guest died without a status"
	exit "$status_died"
}
