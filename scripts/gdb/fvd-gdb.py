# SPDX-License-Identifier: GPL-2.0-only
"""gdb helpers for dm-fvd and dm-sim, in the manner of the kernel's lx- commands.

    (gdb) add-auto-load-safe-path FOLDER OF THE TREE
    (gdb) add-symbol-file ...       and what else scripts/gdb/module-symbols says
    (gdb) lx-fvd-list
    (gdb) lx-fvd-bios 253:0

gdb loads this file by itself with the symbols of a module, beside which "make modules"
puts a link to it; else "source scripts/gdb/fvd-gdb.py".

The commands only read, and need the symbols of the two modules, not those of the kernel:
on a live guest, by QEMU's stub or as the process that User Mode Linux is, and on a
core of one. Times are those of the kernel's monotonic clock, in seconds.
"""
import gdb


def entries(head, type_name, member):
    """All elements of a list of the kernel's."""
    target = gdb.lookup_type(type_name)
    offset = next(field for field in target.fields() if field.name == member).bitpos // 8
    return entries_at(head, target, offset)


def entries_at(head, target, offset):
    node = head["next"]
    while node != head.address:
        yield (node.cast(gdb.lookup_type("char").pointer()) - offset) \
            .cast(target.pointer()).dereference()
        node = node["next"]


def offset_of(type_name, *path):
    """Of a member of a member, in bytes."""
    at, bits = gdb.lookup_type(type_name), 0
    for name in path:
        field = next(field for field in at.strip_typedefs().fields() if field.name == name)
        bits += field.bitpos
        at = field.type
    return bits // 8


def word(value, enum, prefix):
    """The name of an enum constant as tracepoints and debugfs have it."""
    name = str(value.cast(gdb.lookup_type("enum " + enum)))
    return name[len(prefix):].lower() if name.startswith(prefix) else name


def head_of(variable):
    """A list's head; scripts/gdb/module-symbols tells where it is."""
    head = gdb.convenience_variable(variable)
    if head is None:
        raise gdb.GdbError(f"${variable} is not set: do what scripts/gdb/module-symbols says")
    return head.dereference()


def images():
    return entries(head_of("fvd_images"), "struct fvd_image", "list")


def find_image(name):
    for image in images():
        if image["name"].string() == name:
            return image
    raise gdb.GdbError(f"no open image {name}; lx-fvd-list has the names")


def seconds(ns):
    return f"{int(ns) / 1e9:.6f}"


OPS = {0: "read", 1: "write", 2: "flush", 3: "discard", 9: "zeroes"}


def op_of(io):
    if not io["nr_sectors"]:
        return "flush"
    return OPS.get(int(io["bio"]["bi_opf"]) & 0xff, "?")


class Command(gdb.Command):
    """One command; NAME and OPERAND are set by those below."""
    operand = None

    def __init__(self):
        super().__init__(self.name, gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        words = gdb.string_to_argv(argument)
        if len(words) != (self.operand is not None):
            raise gdb.GdbError(f"usage: {self.name} {self.operand or ''}")
        self.show(*words)


def nodes(node):
    """A red-black tree, in order."""
    if not node:
        return
    yield from nodes(node["rb_left"])
    yield node
    yield from nodes(node["rb_right"])


def listed(node):
    """A hlist, from its first node on."""
    while node:
        yield node
        node = node["next"]


def held_ranges(image):
    """By first block; single blocks are in lists, others in a tree."""
    locks = image["locks"]
    found = list(nodes(locks["root"]["rb_node"]))
    for slot in range(locks["singles"].type.range()[1] + 1):
        found.extend(listed(locks["singles"][slot]["first"]))
    pointer = gdb.lookup_type("struct fvd_lock").pointer()
    # The node is its first member, of whichever kind.
    locks = [node.cast(pointer).dereference() for node in found]
    yield from sorted(locks, key=lambda lock: int(lock["first"]))


def bios(image):
    """Those that are watched, then first writes at the image, by what they hold."""
    io_type = gdb.lookup_type("struct fvd_io")
    yield from entries_at(image["watch"]["ios"], io_type,
                          offset_of("struct fvd_io", "watch", "list"))
    for lock in held_ranges(image):
        if word(lock["kind"], "fvd_lock_kind", "FVD_HELD_BY_") == "write":
            address = int(lock.address) - offset_of("struct fvd_io", "lock")
            io = gdb.Value(address).cast(io_type.pointer()).dereference()
            if not io["watch"]["watched"]:
                yield io


class FvdList(Command):
    """The open images: device, mode, blocks still in the base, bios under way."""
    name = "lx-fvd-list"

    def show(self):
        print("device mode base_blocks_left bios image")
        for image in images():
            print(image["name"].string(), word(image["mode"], "fvd_mode", "FVD_MODE_"),
                  int(image["map"]["nr_base_blocks_left"]), sum(1 for _ in bios(image)),
                  hex(int(image.address)))


class FvdBios(Command):
    """lx-fvd-bios DEVICE: the bios under way, and what each is doing."""
    name = "lx-fvd-bios"
    operand = "MAJOR:MINOR"

    def show(self, name):
        print("number op sector sectors stage since stage_since bio")
        for io in bios(find_image(name)):
            watch = io["watch"]
            times = ["-", "-"]
            if watch["watched"]:
                times = [seconds(watch["begun_ns"]), seconds(watch["stage_begun_ns"])]
            print(int(watch["number"]), op_of(io), int(io["sector"]), int(io["nr_sectors"]),
                  word(watch["stage"], "fvd_stage", "FVD_STAGE_"), *times,
                  hex(int(io["bio"])))


class FvdLocks(Command):
    """lx-fvd-locks DEVICE: held ranges of blocks, and who waits for each."""
    name = "lx-fvd-locks"
    operand = "MAJOR:MINOR"

    def show(self, name):
        print("first_block last_block holder number waiters...")
        for lock in held_ranges(find_image(name)):
            waiters = entries(lock["waiters"], "struct fvd_io", "list")
            print(int(lock["first"]), int(lock["last"]),
                  word(lock["kind"], "fvd_lock_kind", "FVD_HELD_BY_"), int(lock["number"]),
                  *(int(io["watch"]["number"]) for io in waiters))


class FvdJournal(Command):
    """lx-fvd-journal DEVICE: the ring, the commit at work, and what waits."""
    name = "lx-fvd-journal"
    operand = "MAJOR:MINOR"

    def show(self, name):
        image = find_image(name)
        ring, commit = image["ring"], image["commit"]
        for key, field in (("blocks", "nr_blocks"), ("used", "nr_used"),
                           ("reserved", "nr_reserved"), ("tail", "tail_block"),
                           ("head", "head_block"), ("sequence", "head_sequence")):
            print(key, int(ring[field]))
        print("commit", "running" if commit["running"] else "idle")
        print("commit_blocks", int(commit["nr_blocks"]) if commit["running"] else 0)
        for key, head in (("commit_waiters", commit["waiters"]),
                          ("running_waiters", commit["running_waiters"]),
                          ("room_waiters", image["credit_waiters"])):
            print(key, *(int(io["watch"]["number"])
                         for io in entries(head, "struct fvd_io", "list")))
        print("pending_bytes", int(image["pending"]["done_bytes"]))
        print("dirty_pages", int(image["nr_dirty_pages"]))


class SimPending(Command):
    """lx-sim-pending RAIL: pending bios of a rail, as dm-sim's message "list"."""
    name = "lx-sim-pending"
    operand = "RAIL"

    def show(self, name):
        for rail in entries(head_of("sim_rails"), "struct sim_rail", "list"):
            if rail["name"].string() == name:
                break
        else:
            raise gdb.GdbError(f"no rail {name}")
        offset = offset_of("struct sim_io", "event", "list")
        for io in entries_at(rail["queue"], gdb.lookup_type("struct sim_io"), offset):
            request = io["request"]
            phase = word(io["phase"], "sim_phase", "SIM_PHASE_")
            print(int(request["number"]), "complete" if phase == "completion" else phase,
                  word(request["op"], "sim_op", "SIM_OP_"), int(request["sector"]),
                  int(request["sectors"]), int(request["device"]),
                  "held" if io["held"] else "waiting",
                  word(io["decision"]["action"], "sim_action", "SIM_ACTION_"))


for command in (FvdList, FvdBios, FvdLocks, FvdJournal, SimPending):
    command()
