# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Short runs of fvd-stress, which knows what each block may hold. The seeds are
# fixed; the campaigns take new ones.

stress=$top/build/tools/fvd-stress
stress_seed=${STRESS_SEED:-1}

# stress_run LAYOUT BASE BLOCK [FEATURE | KEY=VALUE]...
stress_run() {
	local layout=$1 kind=$2 block=$3 base_size=0
	shift 3
	[ -x "$stress" ] || skip "make tools first"
	size=12M
	sectors=24576
	case $kind in
	none)	base= ;;
	short)	slice stress-base "$spare" 0 18445; base_size=9443840 ;;
	equal)	slice stress-base "$spare" 0 24576; base_size=12582912 ;;
	esac
	[ -z "$base" ] || {
		base=/dev/mapper/stress-base
		"$stress" --make-base --quiet "$base" || fail "no base content"
	}
	new_image "--$layout" --block-size "$block"
	activate "$@"
	stress_pass
	close_disk
	checks
	activate "$@"
	"$stress" --resume "$folder/state" --clean --verify-only --verify all --quiet \
		"$disk" || fail "after a clean close"
	expect_status mode rw store_errors 0
}

stress_pass() {
	local words=(--requests "${stress_requests:-400}" --depth 16
		--seed "$stress_seed" --block-size "$block" --base-size "$base_size" --max-io 256K
		--timeout 60 --quiet --state "$folder/state")
	rm -f "$folder/state"
	# QEMU's disk is a file in the host's page cache, where a read beside a write
	# may see half a sector. That of UML does one request at a time.
	[[ $(readlink -f "$image_disk") = /dev/ubd* ]] || words+=(--mixed-overlap)
	[ "$layout" = flat ] || words+=(--discard old-or-zero)
	[ "$layout" = compact ] || words+=(--ops "read=40,write=40,flush=4,fua=4,zero=4")
	"$stress" "${words[@]}" "$disk" || fail "fvd-stress ended with $?"
}

test_stress_flat_over_an_equal_base() { stress_run flat equal 4096; }
test_stress_flat_over_a_short_base() { stress_run flat short 4096; }
test_stress_flat_without_base() { stress_run flat none 4096; }
test_stress_flat_with_large_blocks() { stress_run flat short 65536; }
test_stress_compact_over_an_equal_base() { stress_run compact equal 4096; }
test_stress_compact_over_a_short_base() { stress_run compact short 4096; }
test_stress_compact_without_base() { stress_run compact none 4096; }
test_stress_compact_with_large_blocks() { stress_run compact short 65536; }
test_stress_compact_with_blocks_like_chunks() { stress_run compact short 1048576; }

# Chunks that are discarded under writes of several. There is always something to commit,
# so that no write takes the short way; the disk is so large that freed chunks come back
# meanwhile.
test_writes_over_chunks_that_are_discarded() { # I-WRT-4
	[ "$(nproc)" -gt 1 ] || skip "a race, for two processors"
	size=40M
	sectors=81920
	base=
	new_image --compact --chunk-size 16K
	activate
	fio --output=fio.log --filename="$disk" --direct=1 --ioengine=libaio --size=2M \
		--randseed="$stress_seed" --norandommap --exitall \
		--name=write --rw=randwrite --bs=128k --iodepth=4 --io_size=1G \
		--name=discard --rw=randtrim --bs=1M --io_size=64G ||
		fail "fio: $(tail -n 5 fio.log)"
	close_disk
	checks
	activate
	expect_status mode rw
}

test_stress_without_copy_on_read() { stress_run compact short 4096 no_copy_on_read; }
test_stress_with_constant_commits() { stress_run compact short 4096 commit_interval_ms=1; }
test_stress_with_a_tiny_fetch_memory() {
	stress_run compact equal 4096 copy_on_read_limit_bytes=65536
}

test_stress_with_a_data_device() {
	[ -x "$stress" ] || skip "make tools first"
	data=$spare
	size=12M
	sectors=24576
	base=
	new_image --flat
	local layout=flat block=4096 base_size=0
	activate
	stress_pass
	close_disk
	checks
}

test_stress_in_an_image_with_little_room() {
	[ -x "$stress" ] || skip "make tools first"
	slice little "$image" 0 $((2048 + 6 * 2048))
	image=/dev/mapper/little
	size=12M
	sectors=24576
	base=
	new_image --compact
	activate
	"$stress" --requests 400 --depth 16 --seed "$stress_seed" --max-io 256K \
		--expect-errors --timeout 60 --quiet --discard old-or-zero \
		--ops read=40,write=40,flush=4,discard=30 "$disk" ||
		fail "fvd-stress ended with $?"
	expect_status mode rw
	close_disk
	checks
}
