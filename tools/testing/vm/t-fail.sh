# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The mode "fail": what is on the device is not what memory knows.

# changed_while_suspended REGEX VERB...: the verb changes the image meanwhile
changed_while_suspended() {
	local why=$1 before written_length=2M
	shift
	activate
	write 2M 4K B
	do_ask dm suspend disk
	"$@"
	events
	before=$answer
	writes_nothing_to "$image" failed_life
	eventually event_after "$before"
	logged "$why.*; the device fails from now on"
	writes_nothing_to "$image" give_up
}

# Everything gets an error, whatever memory knows, and no resume helps.
failed_life() {
	do_ask dm resume disk
	fails_altogether
	do_ask dm suspend disk
	do_ask dm resume disk
	reload
	fails_altogether
}

fails_altogether() {
	get_status
	[ "${status[mode]}" = Fail ] || fail "status is ${status[line]}"
	fails EIO read 2M 4K
	fails EIO read 8M 4K
	fails EIO write 2M 4K C
	fails EIO write 8M+1s 1s C
	fails EIO flush
	fails "" discard 4M 1M
	fails "" message_commit
}

try_message_commit() { ask dm message disk commit; }

# old_state: what lies in front of the data, to be put back later
old_state() {
	activate
	write 1M 4K A
	close_disk
	do_ask copy "$image" 0 1M "$spare" 0
}

roll_back() { do_ask copy "$spare" 0 1M "$image" 0; }

test_image_rolled_back_while_suspended_fails() { # I-IMG-4
	for_layouts rolled_back
}

rolled_back() {
	old_state
	changed_while_suspended "the superblock has generation [0-9]+, expected [0-9]+" \
		roll_back
	# What is there now is a whole image, of before.
	activate
	holds 1M 4K A
	holds 2M 4K base
	close_disk
	checks
}

test_complete_flat_image_rolled_back_while_suspended_fails() {
	new_image --flat
	activate
	write 0 16M A
	close_disk
	old_state
	changed_while_suspended "the superblock has generation" roll_back
}

test_other_image_put_in_place_while_suspended_fails() {
	new_image --compact
	do_ask copy "$image" 0 1M "$spare" 0
	"$fvd" create --force --compact --size 16M --base "$base" \
		--journal-size 64K "$image" >/dev/null || fail "fvd create"
	changed_while_suspended "the device holds the image [-0-9a-f]*, expected [-0-9a-f]*" \
		roll_back
}

test_image_wiped_while_suspended_fails() {
	new_image --compact
	changed_while_suspended "no FVD magic: found 00000000, expected" \
		do_ask zero "$image" 0 128K
}

test_superblock_unreadable_at_resume_is_read_only_then_fails() { # I-IMG-2
	new_image --compact
	put_sim_below image
	activate no_copy_on_read
	write 1M 4K A
	tell sim-image rule add op=read,sectors=0+136,error
	do_ask dm suspend disk
	do_ask dm resume disk
	expect_status mode ro
	holds 1M 4K A
	holds 2M 4K base
	fails EIO write 1M 4K B
	do_ask dm suspend disk
	do_ask dm resume disk
	fails_altogether
	tell sim-image rule del all
	failed_life
	activate_again
	holds 1M 4K A
	write 2M 4K B
}

test_image_that_can_not_be_marked_at_resume_is_read_only() { # I-IMG-2
	new_image --compact
	put_sim_below image
	activate no_copy_on_read
	write 1M 4K A
	do_ask dm suspend disk
	tell sim-image rule add op=write,sectors=0+136,error
	do_ask dm resume disk
	expect_status mode ro
	holds 1M 4K A
	holds 2M 4K base
	fails EIO write 1M 4K B
	tell sim-image rule del all
	activate_again
	holds 1M 4K A
	write 2M 4K B
}

test_image_changed_between_load_and_first_resume_is_refused() { # I-IMG-4
	new_image --compact
	old_state
	activate_again_for_another_generation
	load_only
	roll_back
	writes_nothing_to "$image" refuses_to_resume
	logged "the superblock has generation [0-9]+, expected [0-9]+"
	expect_status mode rw prefetch off
}

activate_again_for_another_generation() {
	activate
	close_disk
}

refuses_to_resume() {
	! ask dm resume disk || fail "resumed"
}
