# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the checks share. To be sourced by scripts/check, with $top set; the
# current folder is $top.

# shellcheck disable=SC2154 # top and use_cache are the caller's
cache=${XDG_CACHE_HOME:-$HOME/.cache}/dm-fvd
work=$top/build/check

# All files that are or could be in a commit, of the given patterns.
sources() {
	git ls-files -co --exclude-standard -- "$@" | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

# Files whose first line names a shell, and those that such files source.
shell_scripts() {
	sources | xargs -r -d '\n' grep -lE -m1 '^#!.*/(ba)?sh( |$)' -- | sort
}

shell_fragments() {
	sources '*.sh' | sort | comm -23 - <(shell_scripts)
}

# unchanged NAME COMMAND...: run COMMAND unless it succeeded before on the same
# content. The content is what is listed on stdin, and the check itself.
unchanged() {
	local name=$1 key
	shift
	key=$({
		printf '%s\n' "$name" "$*"
		xargs -r -d '\n' sha256sum --
		sha256sum "$top"/scripts/check "$top"/scripts/check.d/*
	} | sha256sum | cut -c1-20)
	[ "$use_cache" = no ] || [ ! -e "$work/passed/$name-$key" ] || return 0
	"$@" || return
	mkdir -p "$work/passed"
	rm -f "$work/passed/$name-"*
	: >"$work/passed/$name-$key"
}

# Of files that checkpatch had nothing to say about. Beside the kernels, because a new
# checkout has the same files, and checkpatch takes minutes for all of them.
passed_files=$cache/passed

# not_passed: of the files on stdin those that have no mark in $passed_files.
not_passed() {
	local file
	while read -r file; do
		[ "$use_cache" = yes ] && [ -e "$passed_files/$(file_key "$file")" ] ||
			echo "$file"
	done
}

# file_key FILE: changes with its content, its name, and what checks it.
file_key() {
	{
		echo "$1 ${folder##*/}"
		cat "$1" scripts/check.d/*exceptions scripts/check.d/checkpatch-*
	} | sha256sum | cut -c1-20
}

# kernel_scripts: the folder with checkpatch.pl, kernel-doc, and its extension of
# Sphinx, of the package linux-source-6.12.
kernel_scripts() {
	local version folder tarball=/usr/src/linux-source-6.12.tar.xz
	[ -e "$tarball" ] || { echo "$tarball is missing: scripts/setup check" >&2; return 1; }
	version=$(dpkg-query -W -f '${Version}' linux-source-6.12)
	folder=$cache/kernel-tools-$version
	if [ ! -e "$folder/.ready" ]; then
		mkdir -p "$folder"
		tar xf "$tarball" -C "$folder" --strip-components=2 --wildcards \
			'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' \
			'*/scripts/const_structs.checkpatch' '*/scripts/kernel-doc'
		tar xf "$tarball" -C "$folder" --strip-components=3 --wildcards \
			'*/Documentation/sphinx/kerneldoc.py' \
			'*/Documentation/sphinx/kernellog.py'
		: >"$folder/.ready"
	fi
	echo "$folder"
}

# headers SERIES: release of the newest installed headers of 6.1 or 6.12.
headers() {
	local folder found=
	for folder in /lib/modules/"$1".*/build /usr/src/linux-headers-"$1".*-amd64; do
		[ -e "$folder/Makefile" ] || continue
		case $folder in
		/lib/*) found=${folder#/lib/modules/} found=${found%/build} ;;
		*) found=${folder##*/linux-headers-} ;;
		esac
	done
	[ -n "$found" ] || { echo "no headers of $1: scripts/setup check" >&2; return 1; }
	echo "$found"
}

# layer_of FILE: 0, 1 or 2; see CONTRIBUTING.md.
layer_of() {
	local stem=${1##*/} pure
	stem=${stem%.[ch]}
	case $1 in
	dm-fvd/dm-* | dm-sim/dm-*) echo 2; return ;;
	esac
	while read -r pure; do
		[ "$pure" != "$stem" ] || { echo 0; return; }
	done < <(grep -v '^#' scripts/check.d/layer0)
	echo 1
}
