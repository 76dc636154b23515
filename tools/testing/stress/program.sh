# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The tests of the program. Each runs in its own empty folder under "set -e":
# what fails ends it. $seed, from "run", is the seed of the random ones.

# status N COMMAND...: the command must end with status N; its output is shown
# and kept in the file "out".
status() {
	local wanted=$1 got=0
	shift
	"$@" >out 2>&1 || got=$?
	cat out
	[ "$got" -eq "$wanted" ] || {
		echo "exit status $got, expected $wanted: $*"
		return 1
	}
}

# stress N OPTION...: fvd-stress on a file; O_DIRECT is not everywhere, and what
# goes to one page of a file at the same time may mix within a sector. (Where the
# disk is spoilt on purpose, that must not excuse it.)
stress() {
	local wanted=$1 mixed=--mixed-overlap
	shift
	[[ " $* " != *" --minimize "* ]] || mixed=--buffered
	status "$wanted" fvd-stress --buffered $mixed --seed "${seed:?}" "$@"
}

# A new one, of zeros.
device() {
	rm -f dev
	truncate -s "${1:-4M}" dev
}

based_device() {
	device 4M
	stress 0 --make-base --base-size 2M dev
}

says() {
	grep -q -- "$1" out || {
		echo "not said: $1"
		return 1
	}
}

test_seed_is_first_line() {
	device
	stress 0 --requests 10 dev
	head -n1 out | grep -q "^fvd-stress: seed $seed, round 1$"
}

test_clean_run_verifies() {
	based_device
	stress 0 --base-size 2M --requests 3000 --depth 100 dev
	says '^ok: '
	stress 1 --base-size 2M --verify-only dev
}

test_each_profile_runs() {
	local profile
	for profile in uniform database stream boot; do
		based_device
		stress 0 --base-size 2M --requests 1500 --profile $profile dev
	done
}

test_large_logical_blocks_run() {
	based_device
	stress 0 --base-size 2M --requests 1500 --logical-block-size 4096 dev
}

test_direct_io_runs_if_known() {
	based_device
	local got=0
	fvd-stress --base-size 2M --requests 1500 dev >out 2>&1 || got=$?
	cat out
	# tmpfs of older kernels has no O_DIRECT.
	[ $got -eq 0 ] || grep -q 'Invalid argument' out
}

test_base_is_verified() {
	based_device
	stress 0 --base-size 2M --verify-only dev
	stress 1 --base-size 1M --verify-only dev
	says 'diagnosis: base'
	stress 1 --base-size 2M --base-tag 2 --verify-only dev
	says 'diagnosis: wrong-base'
}

test_stale_space_is_found() {
	device
	stress 0 --fill-stale dev
	stress 1 --requests 200 dev
	says 'diagnosis: stale'
	stress 0 --fill-zero dev
	stress 0 --requests 200 dev
}

test_unknown_content_is_no_mismatch() {
	device
	stress 0 --fill-stale dev
	stress 0 --initial any --requests 2000 dev
}

test_one_wrong_byte_is_found() {
	based_device
	printf X | dd of=dev bs=1 seek=1234567 conv=notrunc status=none
	stress 1 --base-size 2M --verify-only dev
	says 'MISMATCH in block 2411 '
	says 'damaged from byte 135'
	says 'repeat: fvd-stress --seed'
}

test_misplaced_block_is_found() {
	based_device
	stress 0 --base-size 2M --state s --requests 500 --ops write=1 dev
	cp dev copy
	dd if=copy of=dev bs=512 skip=100 seek=5000 count=1 conv=notrunc \
		status=none
	stress 1 --resume s --clean --verify-only dev
	says 'for sector 100$'
}

test_json_report_is_whole() {
	device
	stress 0 --requests 500 --json report dev
	python3 - "$seed" <<-'END'
		import json, sys
		report = json.load(open("report"))
		assert report["seed"] == int(sys.argv[1])
		assert report["requests"] == 500 and report["status"] == 0
		assert sum(op["submitted"] for op in report["ops"].values()) == 500
	END
	stress 0 --fill-stale dev
	stress 1 --json report --stop-after-errors 3 --verify-only dev
	python3 - <<-'END'
		import json
		report = json.load(open("report"))
		assert report["mismatches"] == 3 and report["status"] == 1
		assert report["mismatch"][0]["diagnosis"] == "stale"
	END
}

test_same_seed_writes_the_same() {
	device
	stress 0 --requests 2000 --depth 1 dev
	mv dev first
	device
	stress 0 --requests 2000 --depth 1 dev
	stress 0 --compare first dev
	device
	stress 0 --requests 2000 --depth 1 --round 2 dev
	stress 1 --compare first dev
	says 'sectors differ'
}

test_compare_sees_all_of_both() {
	stress_compare() { stress "$1" --compare other dev; says "$2"; }
	device
	stress 0 --fill-stale dev
	cp dev other
	printf X >>other
	stress_compare 1 'one has 4194304 bytes, the other 4194305'
	stress 0 --size 4M --compare other dev
	printf Y >>dev
	stress_compare 1 '^FAILED: 1 sectors differ'
	says '^sector 8192 differs'
	cp dev other
	stress_compare 0 'no difference'
	truncate -s 3M other
	stress_compare 1 'the other 3145728'
}

test_rounds_go_on() {
	local i
	based_device
	stress 0 --base-size 2M --state s --requests 500 dev
	for i in 2 3 4; do
		stress 0 --resume s --clean --requests 500 dev
		says "round $i\$"
	done
	stress 0 --resume s --verify-only dev
}

test_lost_flushed_write_is_found() {
	based_device
	cp dev before
	stress 0 --base-size 2M --state s --requests 300 \
		--ops write=10,flush=1 --profile database dev
	cp before dev
	stress 1 --resume s --requests 10 dev
	says 'diagnosis: base'
	# The state is as it was: the same again.
	stress 1 --resume s --verify-only dev
}

test_lost_unflushed_write_is_a_power_cut() {
	based_device
	cp dev before
	stress 0 --base-size 2M --state s --requests 300 --ops write=1 dev
	cp before dev
	stress 1 --resume s --clean --verify-only dev
	stress 0 --resume s --requests 300 dev
	cp before dev
	# What was found after the cut is durable now.
	stress 0 --resume s --verify-only dev
}

test_found_after_cut_is_durable() {
	based_device
	cp dev before
	stress 0 --base-size 2M --state s --requests 300 --ops write=1 dev
	stress 0 --resume s --requests 0 dev
	cp before dev
	stress 1 --resume s --verify-only dev
}

test_killed_run_is_resumed() {
	local pid i
	based_device
	for i in 1 2 3; do
		fvd-stress --buffered --mixed-overlap --quiet \
			"$([ $i -eq 1 ] && echo --state=s || echo --resume=s)" \
			"$([ $i -eq 1 ] && echo --base-size=2M || echo --clean)" \
			--requests 100000000 dev >log 2>&1 &
		pid=$!
		sleep 0.4
		kill -KILL $pid
		wait $pid || true
	done
	stress 0 --resume s --clean --seed "$(sed -n 's/.*seed \([0-9]*\),.*/\1/p' log)" \
		--requests 100 dev
	says 'round 4'
}

test_interrupt_ends_with_verification() {
	local pid
	device
	fvd-stress --buffered --mixed-overlap --requests 100000000 dev >out 2>&1 &
	pid=$!
	sleep 0.4
	kill -TERM $pid
	wait $pid
	says '^ok: '
}

test_time_limit_ends_run() {
	device
	stress 0 --seconds 1 dev
	says '^ok: '
}

# Writes behind the first three MiB fail: no file may grow so far. (The state of
# such a run is larger than one MiB: a failed write leaves more that is allowed.)
limited() {
	(
		trap '' XFSZ
		ulimit -f 3072
		"$@"
	)
}

test_error_is_status_3() {
	device
	limited stress 3 --requests 500 --ops write=1 dev
	says 'I/O ERROR: write'
	says 'File too large'
}

test_expected_errors_are_tolerated() {
	device
	limited stress 0 --requests 2000 --expect-errors --state s dev
	says '[1-9][0-9]* requests failed, 0 unexpectedly'
	stress 0 --resume s --verify-only dev
}

test_first_error_can_be_a_power_cut() {
	device
	limited stress 0 --requests 5000 --power-cut --state s --json report dev
	says 'power cut at request 1\.'
	grep -q '"power_cut": true' report
	stress 0 --resume s --requests 50 dev
}

test_verify_every_finds_it_earlier() {
	based_device
	stress 0 --base-size 2M --requests 1000 --verify-every 100 dev
}

# The whole disk is wrong: where a part of it was, there were seeds that read none
# of it before they had written to it (one in ten for 64 KiB, one in a hundred
# for half of it), and then there is nothing to shrink.
test_minimize_finds_the_one_request() {
	cat >reset <<-'END'
		rm -f dev
		truncate -s 4M dev
		fvd-stress --buffered --fill-stale dev >/dev/null
	END
	device
	stress 0 --minimize --reset-command 'sh reset' --verify none \
		--requests 500 dev
	says 'smallest after .*: 1 requests$'
	# The printed command fails on a fresh device.
	sh reset
	sed -n '$s/.*repeat: //p' out >again
	status 1 sh again
}

test_minimize_uses_test_command() {
	device
	cat >check <<-'END'
		python3 - $FVD_STRESS_OPTIONS <<-'PYTHON'
		import sys
		words = sys.argv[1:]
		kept = set(range(int(words[words.index("--requests") + 1])))
		if "--keep" in words:
		    kept = set()
		    for part in words[words.index("--keep") + 1].split(","):
		        first, _, last = part.partition("-")
		        kept |= set(range(int(first), int(last or first) + 1))
		sys.exit(1 if {7, 33} <= kept else 0)
		PYTHON
	END
	stress 0 --minimize --test-command 'sh check' --requests 64 dev
	says '--keep 7,33 '
}

test_usage_errors_are_status_2() {
	device
	status 2 fvd-stress
	status 2 fvd-stress --depth 2000 dev
	status 2 fvd-stress --unknown dev
	status 2 fvd-stress --resume missing dev
	status 3 fvd-stress missing
	status 0 fvd-stress --help
}

test_refused_options_leave_the_file() {
	device
	stress 2 --size 10M --depth 0 dev
	[ "$(stat -c %s dev)" -eq $((4 << 20)) ]
	stress 0 --size 10M --requests 100 dev
	[ "$(stat -c %s dev)" -eq $((10 << 20)) ]
}

test_resume_refuses_other_settings() {
	device
	stress 0 --state s --requests 10 dev
	stress 2 --resume s --base-size 1M dev
	says 'are those of the state'
	status 2 fvd-stress --buffered --resume s --seed $((seed + 1)) dev
}

test_damaged_state_is_refused() {
	device
	stress 0 --state s --requests 10 dev
	printf X | dd of=s bs=1 seek=40 conv=notrunc status=none
	stress 2 --resume s dev
	says 'not a whole state file'
}
