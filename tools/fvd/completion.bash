# SPDX-License-Identifier: GPL-2.0-only
# bash completion of fvd: commands, options as --help lists them, open names.

_fvd()
{
	local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}

	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(fvd --help |
			awk '/^  [a-z]/ { print $1 }') --help --version" -- "$current")
		return
	fi
	if [[ $current = -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(fvd "$command" --help |
			awk '/^  --/ { sub(/\[.*/, "", $1); print $1 }')" -- "$current")
		return
	fi
	case $command:$COMP_CWORD in
	prefetch:3)
		mapfile -t COMPREPLY < <(compgen -W "start pause resume stop" -- \
			"$current")
		return
		;;
	profile:2)
		mapfile -t COMPREPLY < <(compgen -W \
			"record save show export import clear" -- "$current")
		return
		;;
	profile:3)
		mapfile -t COMPREPLY < <(compgen -W "$(fvd list --names 2>/dev/null)" \
			-- "$current"; compgen -f -- "$current")
		return
		;;
	esac
	case $command in
	close | status | reload | message | graph | map | trace | top | prefetch | pivot)
		mapfile -t COMPREPLY < <(compgen -W "$(fvd list --names 2>/dev/null)" \
			-- "$current")
		;;
	*)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		;;
	esac
}
complete -o filenames -F _fvd fvd
