#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The sessions of dm-sim.rst print what the document says.
. "$(dirname "$0")/lib.sh"

here=$(cd "$(dirname "$0")" && pwd)
top=$here/../../..
[ -x "$top/build/tools/dmsim" ] || sim_fail "make tools first"
export PATH=$PATH:$top/build/tools:$here/sample
export -f put get flush
cd "$sim_folder" || exit 1
timeout 250 python3 "$here/sessions.py" "$top/Documentation/admin-guide/dm-sim.rst" ||
	sim_fail "the guide is not true"
dmsetup remove disk data journal
losetup --detach-all
