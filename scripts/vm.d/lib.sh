# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What scripts/vm and its helpers share. To be sourced, with $top set.

# What an outer make was told is not meant for the kernels built here.
unset MAKEFLAGS MFLAGS MAKELEVEL

# Kernels, initramfs images and the verdict about KVM outlive a checkout and
# are shared between checkouts.
# shellcheck disable=SC2034 # used by those who source this
cache=${XDG_CACHE_HOME:-$HOME/.cache}/dm-fvd

# The statuses of scripts/vm itself; everything else is the command's own.
# shellcheck disable=SC2034
{
	status_poweroff=96	# the command ended the guest on purpose
	status_harness=97	# no guest was started: usage, build, packages
	status_died=98		# the guest ended without a status
	status_report=99	# the guest's kernel reported a bug
	status_timeout=124	# as timeout(1)
}

die() {
	echo "${0##*/}: $*" >&2
	exit "$status_harness"
}

# Progress of what takes long; nothing is said about what takes no time.
note() {
	echo "${0##*/}: $*" >&2
}

# with_lock NAME COMMAND...: several guests may start at once, and only one of
# them shall fill the cache.
with_lock() {
	local name=$1
	shift
	mkdir -p "$cache"
	(
		flock 9
		"$@" 9>&-
	) 9>"$cache/$name.lock"
}

# run_logged LOG COMMAND...: quiet unless it fails.
run_logged() {
	local log=$1
	shift
	if ! "$@" >"$log" 2>&1 </dev/null; then
		tail -n 40 "$log" >&2
		die "failed: $* (all of it: $log)"
	fi
}

# hash of files and words, short enough for a path
key_of() {
	sha256sum | cut -c1-12
}
