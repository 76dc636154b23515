# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Start a guest, follow it, and wait for its end. Sourced by scripts/vm, whose
# variables it uses.

# The port of QEMU's isa-debug-exit: a byte written there ends the guest.
debug_exit_port=244

# QEMU reads a comma in an option's value as its end, unless it is doubled.
qemu_quote() {
	printf '%s' "${1//,/,,}"
}

# add_folder TAG PATH [OPTION]: a 9p share
add_folder() {
	guest+=(-fsdev "local,id=$1,path=$(qemu_quote "$2"),security_model=none,multidevs=remap${3-}"
		-device "virtio-9p-pci,fsdev=$1,mount_tag=$1")
}

# What every QEMU guest is, the probe's too.
qemu_base() {
	guest=(qemu-system-x86_64 -nodefaults -no-user-config -display none
		-monitor none -no-reboot -machine q35 "$@"
		-kernel "$folder/boot/vmlinuz-$release" -initrd "$initramfs")
}

# /dev/kvm can exist and still be of no use: a guest that dies or hangs is seen
# on hosts that are guests themselves. So one small guest has to come up; the
# verdict holds until the host is booted again.
kvm_works() {
	local verdict
	[ -w /dev/kvm ] || return 1
	verdict=$cache/kvm-$(</proc/sys/kernel/random/boot_id)
	[ -e "$verdict" ] || with_lock kvm probe_kvm "$verdict"
	[ "$(<"$verdict")" = yes ]
}

probe_kvm() {
	local guest answer=no
	[ ! -e "$1" ] || return 0
	qemu_base -accel kvm -cpu host -m 512
	guest+=(-serial stdio -append "console=ttyS0 panic=-1 vm_probe")
	if timeout -s KILL 10 "${guest[@]}" </dev/null 2>&1 |
		grep -q "vm: alive"; then
		answer=yes
	fi
	rm -f "$cache"/kvm-*-*
	echo $answer >"$1"
}

qemu_guest() {
	local index accelerator=(-accel tcg -cpu max)
	# TCG moves a byte at a time where such a processor moves a page: without these
	# the kernel copies and clears by words, and a guest takes a seventh less time.
	# Counted instructions stay those of the whole processor.
	[ "$icount" = yes ] || accelerator=(-accel tcg -cpu "max,-erms,-fsrm")
	! kvm_works || [ "$icount" = yes ] || [ -n "$plugin" ] ||
		accelerator=(-accel kvm -cpu host)
	qemu_base "${accelerator[@]}" -smp "$cpus" -m "$mem"
	guest+=(-serial "file:$job/kernel.log"
		-device "isa-debug-exit,iobase=$debug_exit_port,iosize=1")
	[ "$icount" = no ] || guest+=(-icount "shift=0,sleep=off")
	[ -z "$plugin" ] || guest+=(-plugin "$plugin")
	[ -z "$monitor" ] || guest+=(-mon "chardev=monitor,mode=readline"
		-chardev "socket,id=monitor,server=on,wait=off,path=$(qemu_quote "$monitor")")
	add_folder root / ,readonly=on
	add_folder job "$job"
	for index in "${!shared[@]}"; do
		add_folder "shared$index" "${shared[index]}"
	done
	# cache=unsafe: the guest's flushes cost nothing. What the guest wrote is in
	# the host's page cache, which survives the guest.
	for index in "${!disks[@]}"; do
		guest+=(-drive "if=none,id=disk$index,format=raw,cache=unsafe,discard=unmap,file=$(qemu_quote "${disk_files[index]}")"
			-device "virtio-blk-pci,drive=disk$index,serial=${disks[index]}")
	done
	[ "$net" = no ] || qemu_network
	# Quiet until the command starts, because the serial port is slow; panic=-1
	# together with -no-reboot ends QEMU.
	local parameters=(console=ttyS0 loglevel=5 printk.devkmsg=on oops=panic panic=-1
		mitigations=off nokaslr cryptomgr.notests
		# A busy host shall not look like a stuck guest, nor like one whose
		# timer is not connected: the kernel waits some ticks for it and panics.
		watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120 no_timer_check)
	guest+=(-append "${parameters[*]} $append")
}

qemu_network() {
	local forward options=user,id=net
	for forward in "${forwards[@]}"; do
		options+=,hostfwd=tcp:127.0.0.1:${forward%:*}-:${forward#*:}
	done
	guest+=(-netdev "$options" -device "virtio-net-pci,netdev=net,romfile=")
}

uml_guest() {
	local index
	guest=("$folder/linux" "mem=${mem}M" "umid=vm" "uml_dir=$job/"
		"con=null" "con0=null,fd:2" "ssl=null"
		"root=none" "rootfstype=hostfs" "rootflags=/" "ro"
		"init=$job/init-uml" "vm_job=$job"
		"loglevel=5" "printk.devkmsg=on" "null_blk.nr_devices=0"
		"workqueue.watchdog_thresh=120")
	# "d": a raw file, never a copy-on-write one, whatever it begins with.
	for index in "${!disk_files[@]}"; do
		guest+=("ubd${index}d=${disk_files[index]}")
	done
	# shellcheck disable=SC2206 # several parameters
	guest+=($append)
}

# In a session of its own, so that all its processes can be ended together.
start_guest() {
	"${kind/debian/qemu}_guest"
	(
		cd /
		ulimit -c 0
		exec setsid "${guest[@]}" </dev/null >"$job/machine.log" 2>"$1"
	) &
	guest_pid=$!
}

kill_group() {
	[ -z "$1" ] || kill -KILL -- "-$1" 2>/dev/null || :
}

# Nothing of it may keep the caller's pipes open.
start_timeout() {
	(
		exec </dev/null >/dev/null 2>&1
		# shellcheck disable=SC2016 # expanded by the inner shell
		exec setsid bash -c 'sleep "$1"; : >"$2/timed-out"; kill -KILL -- "-$3"' \
			timeout "$timeout" "$job" "$guest_pid"
	) &
	watchdog_pid=$!
}

# follow FILE: copy what gets written to FILE, until the guest has ended.
follow() {
	tail -c +1 -s 0.05 -f --pid="$guest_pid" "$1" 2>/dev/null
}

run_guest() {
	local followers=()
	# UML's console is its standard error; QEMU writes the log itself.
	if [ "$kind" = uml ]; then
		start_guest "$job/kernel.log"
	else
		start_guest "$job/machine-errors"
	fi
	start_timeout
	follow "$job/stdout" &
	followers+=($!)
	follow "$job/stderr" >&2 &
	followers+=($!)
	wait "$guest_pid" 2>/dev/null || :
	kill_group "$watchdog_pid"
	wait "$watchdog_pid" 2>/dev/null || :
	watchdog_pid=
	kill_group "$guest_pid"
	wait "${followers[@]}" 2>/dev/null || :
	guest_pid=
}
