# SPDX-License-Identifier: GPL-2.0-only
# For the campaign's scripts on the host; to be sourced, in the project's root.

# The RAM disk is large enough for CONFIG_IMAGE_MAX, two CONFIG_DISK_MAX, and
# the image that is only there to be there (tools/campaign/campaign-stack.c).
# Virtual time: delays and timeouts cost nothing, and a case can be repeated.
campaign_kernel="brd.rd_size=24576 brd.rd_nr=1 time-travel=inf-cpu"

# campaign_build: the program, and the modules that scripts/vm will take.
campaign_build() {
	make -s -C tools/campaign BUILD="$PWD/build/tools"
	scripts/vm --timeout 60 -- true
}

# campaign_guest FOLDER SECONDS ARG...: fvd-campaign in a guest.
campaign_guest() {
	local folder=$1 seconds=$2
	shift 2
	scripts/vm --no-build --timeout "$seconds" --log "$folder/kernel.log" \
		--out "$folder" --append "$campaign_kernel" -- \
		tools/testing/campaign/guest "$@"
}

# campaign_seed: a fresh one, short enough to be typed.
campaign_seed() {
	od -An -N4 -tu4 /dev/urandom | tr -d ' '
}
