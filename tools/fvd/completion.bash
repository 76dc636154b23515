# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Bash completion of fvd: commands, options as --help lists them, open names.

# _fvd_match PREFIX: the lines of stdin that begin so. Not "compgen -W", which
# expands its words: a device may be named like a command.
_fvd_match()
{
	local word

	COMPREPLY=()
	while IFS= read -r word; do
		if [[ $word = "$1"* ]]; then
			COMPREPLY+=("$word")
		fi
	done
}

_fvd_names()
{
	fvd list --names 2>/dev/null
}

_fvd()
{
	local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} files

	if [ "$COMP_CWORD" -eq 1 ]; then
		_fvd_match "$current" < <(fvd --help | awk '/^  [a-z]/ { print $1 }'
			printf '%s\n' --help --version)
		return
	fi
	if [[ $current = -* ]]; then
		_fvd_match "$current" < <(fvd "$command" --help |
			awk '/^  --/ { sub(/\[.*/, "", $1); print $1 }')
		return
	fi
	mapfile -t files < <(compgen -f -- "$current")
	case $command:$COMP_CWORD in
	prefetch:3)
		_fvd_match "$current" < <(printf '%s\n' start pause resume stop)
		return
		;;
	profile:2)
		_fvd_match "$current" < <(printf '%s\n' record save show export \
			import clear)
		return
		;;
	profile:3)
		_fvd_match "$current" < <(_fvd_names)
		COMPREPLY+=("${files[@]}")
		return
		;;
	esac
	case $command in
	close | status | reload | message | graph | map | trace | top | prefetch | pivot)
		_fvd_match "$current" < <(_fvd_names)
		;;
	*)
		COMPREPLY=("${files[@]}")
		;;
	esac
}
complete -o filenames -F _fvd fvd
