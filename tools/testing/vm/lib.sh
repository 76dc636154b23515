# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# The verbs that the tests of dm-fvd are written in. A test is a function
# test_WHAT_MUST_HOLD in a t-*.sh; "run" calls it in a subshell of its own, with
#
#   $image    64 MiB, blank or with an older image; never with zeros at the end
#   $base     16 MiB of the tag "base" (block-io explains tags)
#   $short    9 MiB and 13 sectors of it, so it ends in the middle of a block
#   $spare    16 MiB more, for a data device or a second image
#
# and removes afterwards what the test made. A verb that fails ends the test.
# No process is started where bash or block-io will do (dm as dmsetup does): in a
# guest with KASAN each costs 50 ms.

size=16M		# of the disk
sectors=32768		# of the disk
disk=/dev/mapper/disk	# the device under test
fvd=$top/build/tools/fvd
made=()			# device mapper's devices, oldest first

fail() {
	local i
	for i in "${!BASH_SOURCE[@]}"; do
		[[ ${BASH_SOURCE[i]} = */t-*.sh ]] || continue
		echo "${BASH_SOURCE[i]##*/}: line ${BASH_LINENO[i - 1]}: $*"
		exit 1
	done
	echo "$*"
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

# is_tcg: QEMU emulates this guest, and a process costs 50 ms. What loops for long does a
# part of it here, or nothing; UML does all.
is_tcg() { grep -q "QEMU TCG" /proc/cpuinfo; }

# need_target NAME: a target of device mapper, as a module or built in.
need_target() {
	modprobe "dm-$1" 2>/dev/null
	dmsetup targets | grep -q "^$1 " || skip "no target $1 in this kernel"
}

#
# Block I/O
#

# ask COMMAND...: block-io does it; its text is in $answer.
ask() {
	local id word
	asked=$((asked + 1))
	echo "$BASHPID.$asked $*" >&"$to_io"
	while read -r -t 100 -u "$from_io" id word answer; do
		[ "$id" = "$BASHPID.$asked" ] || continue
		[ "$word" = ok ]
		return $? # a plain one means something else in a trap
	done
	fail "no answer to: $*"
}

do_ask() {
	ask "$@" || fail "$*: $answer"
}

# fails WITH VERB...: the verb must fail with this error.
fails() {
	local with=$1
	shift
	if "try_$1" "${@:2}"; then
		fail "$*: succeeded, expected $with"
	fi
	[[ $answer = $with* ]] || fail "$*: $answer, expected $with"
}

# on DEVICE VERB...: not on the disk, but there.
on() {
	local disk=$1
	shift
	"$@"
}

try_write() { ask write "$disk" "$@"; }
try_read() { ask read "$disk" "$@"; }
try_holds() { ask holds "$disk" "$@"; }
try_flush() { ask flush "$disk"; }
try_discard() { ask discard "$disk" "$@"; }
try_zero() { ask zero "$disk" "$@"; }

# write AT LENGTH TAG [fua]
write() { do_ask write "$disk" "$@"; }
# holds AT LENGTH TAG[|TAG]...
holds() { do_ask holds "$disk" "$@"; }
read_all() { do_ask read "$disk" 0 "$size"; }
flush() { do_ask flush "$disk"; }
discard() { do_ask discard "$disk" "$@"; }
zero() { do_ask zero "$disk" "$@"; }
# start NAME write|holds|read|flush|discard|zero [ARG]...: in the background
start() { do_ask start "$1" "$2" "$disk" "${@:3}"; }
# finish NAME: and it must have succeeded
finish() { do_ask wait "$1"; }
try_finish() { ask wait "$1"; }
# still_running NAME [SECONDS]
still_running() {
	pause "${2:-0.2}"
	do_ask running "$1"
}

# sum DEVICE [AT LENGTH]: in $answer
sum() { do_ask sum "$@"; }

pause() { read -r -t "$1" <&"$never" || :; }

# eventually VERB...: within ten seconds
eventually() {
	local tries
	for ((tries = 0; tries < 100; tries++)); do
		("$@") >/dev/null && return
		pause 0.1
	done
	"$@"
}

# logged REGEX: the kernel said so since the test began
logged() { do_ask log "$@"; }

#
# Devices below
#

# dm NAME TABLE: make a device.
dm() {
	ask dm create "$1" "$2" || {
		ask said
		fail "no device $2: $answer"
	}
	made+=("$1")
}

# dm_remove NAME
dm_remove() {
	local i
	do_ask dm remove "$1"
	for i in "${!made[@]}"; do
		[ "${made[i]}" != "$1" ] || unset "made[i]"
	done
}

# slice NAME DEVICE AT_SECTOR NR_SECTORS
slice() { dm "$1" "0 $4 linear $2 $3"; }

# A device that can do wrong, see dm-sim: sim NAME LOWER [FEATURE]...
sim() {
	local name=$1 lower=$2
	shift 2
	# modprobe takes 100 ms.
	[ -e /sys/module/dm_sim ] || modprobe dm-sim || fail "no dm-sim"
	do_ask sectors "$lower"
	dm "$name" "0 $answer sim $lower 0 $# $*"
}

# tell NAME WORD...: a message for dm-sim
tell() { do_ask dm message "$@"; }

# put_sim_below image|base [FEATURE]...: $image or $base gets a sim device below.
put_sim_below() {
	sim "sim-$1" "${!1}" "${@:2}"
	printf -v "$1" %s "/dev/mapper/sim-$1"
}

# take_sim_away image|base: the disk goes first.
take_sim_away() {
	dm_remove "sim-$1"
	case $1 in
	image) image=$image_disk ;;
	base) base=$golden ;;
	esac
}

# with_cache: the image's device forgets what was not flushed when the power is
# cut
with_cache() { put_sim_below image cache 33554432; }

# power_cut [keep all|seed N]: the power fails; nothing, all, or something of
# what was not flushed survives. Then a good device is below.
power_cut() {
	[ $# -gt 0 ] || set -- keep none
	tell sim-image power_cut "$@"
	power_came_back
}

power_came_back() {
	give_up
	tell sim-image power_on
	take_sim_away image
}

# give_up: the disk goes, whatever its image says.
give_up() {
	[ ! -e "$disk" ] || dm_remove disk
}

# count_io NAME: bios that the sim device NAME has seen, in ${io[...]}: read,
# write (with FUA not counted), flush, fua, discard, zeroes, and their sectors.
declare -A io
count_io() {
	local words i
	do_ask dm status "$1"
	read -r -a words <<<"$answer"
	for ((i = 3; i < ${#words[@]}; i++)); do
		case ${words[i]} in
		read|write|flush|fua|discard|zeroes)
			io[${words[i]}]=${words[i + 1]}
			io[${words[i]}_sectors]=${words[i + 2]}
			;;
		esac
	done
}

# io_since NAME VERB...: the same, but only of that verb
io_since() {
	local name=$1 key
	local -A before
	shift
	count_io "$name"
	for key in "${!io[@]}"; do
		before[$key]=${io[$key]}
	done
	"$@"
	count_io "$name"
	for key in "${!io[@]}"; do
		io[$key]=$((io[$key] - before[$key]))
	done
}

# reads_of DEVICE: read requests that it has seen; in $answer
reads_of() {
	do_ask stat "$1"
	answer=${answer%% *}
}

# has_read DEVICE COUNT: so many reads of it have ended.
has_read() {
	reads_of "$1"
	[ "$answer" -eq "$2" ] || fail "$answer reads of $1 ended, expected $2"
}

# reads_nothing_of DEVICE VERB...
reads_nothing_of() {
	local device=$1 before
	shift
	reads_of "$device"
	before=$answer
	"$@"
	reads_of "$device"
	[ "$answer" -eq "$before" ] ||
		fail "$*: $((answer - before)) reads of $device, expected none"
}

#
# The image and the disk
#

# new_image --flat|--compact [OPTION]...: of $size on $image, over $base.
new_image() {
	local words=(--force --size "$size" --journal-size 64K) key
	[ -z "$base" ] || words+=(--base "$base")
	[ -z "$data" ] || words+=(--data "$data")
	words+=("$@" "$image")
	do_ask sectors "$image"
	key="${words[*]} $answer"
	case $base in
	'' | "$golden" | "$short") ask put "${key// /_}" "$image" && return ;;
	esac
	"$fvd" create "${words[@]}" >/dev/null || fail "fvd create"
	# All that it writes is in front of the data. Next time that is enough,
	# if the base is one of those that never change.
	do_ask keep "${key// /_}" "$image" 1M
}

# table_line [FEATURE | KEY=VALUE]...: in $table
table_line() {
	local word features=() core=()
	for word in "$@"; do
		case $word in
		*=*) core+=("${word%=*}" "${word#*=}") ;;
		*) features+=("$word") ;;
		esac
	done
	table="0 $sectors fvd $image ${base:--} ${data:--}"
	[ $# -eq 0 ] || table+=" ${#features[@]} ${features[*]} ${#core[@]} ${core[*]}"
}

# activate [FEATURE | KEY=VALUE]...: the disk of $image, $base and $data
activate() {
	table_line "$@"
	dm "${disk##*/}" "$table"
}

# load_only [FEATURE | KEY=VALUE]...: a device whose table is not resumed yet
load_only() {
	dmsetup create "${disk##*/}" --notable || fail "dmsetup create"
	made+=("${disk##*/}")
	table_line "$@"
	do_ask dm load "${disk##*/}" "$table"
}

# close_disk: as an administrator does; the image is clean then.
close_disk() { dm_remove "${disk##*/}"; }

# activate_again [...]
activate_again() {
	close_disk
	activate "$@"
}

# refused REGEX [FEATURE | KEY=VALUE]...: there is no disk, and the log says why.
refused() {
	local why=$1
	shift
	table_line "$@"
	table_refused "$why" "$table"
}

# table_refused REGEX TABLE
table_refused() {
	if ask dm create refused "$2"; then
		made+=(refused)
		fail "not refused: $2"
	fi
	logged "$1"
}

# writes_nothing_to DEVICE VERB...: no byte of it changes, of as much as a flat
# image takes
writes_nothing_to() {
	local device=$1 before
	shift
	sum "$device" 0 "${written_length-18M}"
	before=$answer
	"$@"
	sum "$device" 0 "${written_length-18M}"
	[ "$answer" = "$before" ] || fail "$*: wrote to $device"
}

# reload [FEATURE | KEY=VALUE]...: a new table for the disk
reload() {
	table_line "$@"
	do_ask dm load "${disk##*/}" "$table"
	do_ask dm resume "${disk##*/}"
}

message() { do_ask dm message "${disk##*/}" "$@"; }

# message_refused REGEX WORD...
message_refused() {
	local why=$1
	shift
	! ask dm message "${disk##*/}" "$@" || fail "not refused: $*"
	logged "$why"
}

# get_status: in ${status[...]}, by key; and local, total, used, chunks,
# journal_used, journal_blocks, mode.
declare -A status
get_status() {
	local line words i
	do_ask dm status "${disk##*/}"
	line=$answer
	read -r -a words <<<"$line"
	status=()
	status[line]=$line
	status[mode]=${words[-1]}
	[ "${words[3]}" != Fail ] || return
	status[local]=${words[3]%/*} status[total]=${words[3]#*/}
	status[used]=${words[4]%/*} status[chunks]=${words[4]#*/}
	status[journal_used]=${words[5]%/*} status[journal_blocks]=${words[5]#*/}
	for ((i = 7; i + 1 < ${#words[@]}; i += 2)); do
		status[${words[i]}]=${words[i + 1]}
	done
}

# expect_status KEY VALUE...: VALUE may begin with a comparison: ">3"
expect_status() {
	get_status
	while [ $# -gt 0 ]; do
		same_or "$1" "${status[$1]}" "$2" ||
			fail "status $1 is ${status[$1]}, expected $2; in: ${status[line]}"
		shift 2
	done
}

same_or() {
	case $3 in
	[\<\>]*) let "$2 $3" ;;
	*) [ "$2" = "$3" ] ;;
	esac
}

# is WHAT FOUND EXPECTED
is() {
	same_or "$@" || fail "$1 is $2, expected $3"
}

# is_clean yes|no: what the image's superblock says
is_clean() {
	local text
	text=$("$fvd" info "$image") || fail "fvd info"
	[[ $text = *"cleanly closed:     $1"* ]] || fail "cleanly closed is not $1: $text"
}

# checks [STATUS]: what fvd check says of the image; default: clean
checks() {
	local text code=0
	text=$("$fvd" check "$image") || code=$?
	[ $code -eq "${1:-0}" ] || fail "fvd check ended with $code: $text"
}

# edit_image SED_SCRIPT: change the metadata through its text.
edit_image() {
	"$fvd" dump "$image" >"$folder/before" || fail "fvd dump"
	sed "$1" "$folder/before" >"$folder/after"
	[ "$(<"$folder/before")" != "$(<"$folder/after")" ] || fail "changed nothing: $1"
	"$fvd" restore --force "$folder/after" "$image" || fail "fvd restore"
}

# events: event number of the disk, in $answer
events() { do_ask dm events "${disk##*/}"; }

# for_layouts VERB...: with a new image of each, one after the other
for_layouts() {
	local layout
	for layout in flat compact; do
		echo "# $layout"
		new_image "--$layout"
		"$@"
		give_up
	done
}

# After a test: remove what it made, newest first.
clean_up() {
	local code=$? i names=("${made[@]}")
	for ((i = ${#names[@]} - 1; i >= 0; i--)); do
		[[ ${names[i]} != sim-* ]] || release_sim "${names[i]}"
	done
	for ((i = ${#names[@]} - 1; i >= 0; i--)); do
		ask dm remove "${names[i]}" || {
			echo "can not remove ${names[i]}: $answer"
			code=1
		}
	done
	exit $code
}

# hold_commit [RULE]: what was written waits for a commit that does not end, and the flush
# "first" with it, until release_sim sim-image.
hold_commit() {
	new_image --compact
	put_sim_below image
	activate commit_interval_ms=3600000
	write 1M 4K A
	tell sim-image rule add "${1:-op=fua,hold}"
	start first flush
	still_running first
}

# What a test that failed left held would keep its devices open for ever.
release_sim() {
	ask dm message "$1" rule del all
	ask dm message "$1" mode pass
	ask dm message "$1" release all
}
