#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dmsim --json gives one valid object for each command, refusals included.
. "$(dirname "$0")/lib.sh"

dmsim=$(dirname "$0")/../../../build/tools/dmsim
[ -x "$dmsim" ] || sim_fail "make tools first"
sim_create a cache 65536 rules 1 op=write,nth=2,error
put /dev/mapper/a 0 A
$dmsim --json a > "$sim_folder/json" <<'END' || sim_fail "a command failed"
status
rules      # with a comment
trace
coverage
states
hash
mode manual
list
power_cut keep none
power_on
END
$dmsim --json a cache 17 >> "$sim_folder/json" && sim_fail "not refused"
$dmsim a bogus 2> /dev/null
expect "status of a wrong command" $? 2
python3 - "$sim_folder/json" <<'END' || sim_fail "wrong JSON: $(cat "$sim_folder/json")"
import json, sys
answers = [json.loads(line) for line in open(sys.argv[1])]
found = {answer["command"]: answer for answer in answers}
assert len(answers) == 11
assert found["status"]["result"]["write"]["bios"] == 1
assert found["status"]["result"]["power"] == "on"
assert found["rules"]["result"][0]["matched"] == 1
assert found["trace"]["result"][0]["kind"] == "arrive"
assert any(not row["fired"] for row in found["coverage"]["result"])
assert found["states"]["result"] == 256
assert found["power_cut keep none"]["result"]["unflushed"] == 8
assert found["list"]["result"] == []
assert not found["cache 17"]["ok"] and "at least" in found["cache 17"]["error"]
END
