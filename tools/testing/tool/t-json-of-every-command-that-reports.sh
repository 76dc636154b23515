# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_dirty image
for command in info check probe; do
	fvd $command --json image >report || [ $? -eq 2 ]
	python3 -m json.tool report >/dev/null
done
