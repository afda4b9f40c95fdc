# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Bash completion for kpoolstat.

# Print the names of the heaps below --root, or below the default directory.
_kpoolstat_heaps() {
	local root=/sys/kernel/debug/kpool i heap

	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == --root ]] && root=${COMP_WORDS[i + 1]}
		[[ ${COMP_WORDS[i]} == --root=* ]] && root=${COMP_WORDS[i]#--root=}
		# Readline splits words at =.
		[[ ${COMP_WORDS[i]} == --root && ${COMP_WORDS[i + 1]} == "=" ]] &&
			root=${COMP_WORDS[i + 2]}
	done
	for heap in "$root"/heaps/*/; do
		[[ -d $heap ]] || continue
		heap=${heap%/}
		printf '%s\n' "${heap##*/}"
	done
}

# Print the columns of the view in the command line, of heaps by default.
_kpoolstat_columns() {
	local heaps="HEAP HELD USED USED% CACH% FREE% CORRUPT ALLOC/s FREED/s MAG% DEPOT% ARENAS TAIL%
		HEAD% ASKED REFILL/s DRAIN/s FRESH/s SAME/s OTHER/s LARGE/s FALLB/s META"
	local classes="SIZE C POOLS HELD BLOCKS CACHED FREE USED% ALLOC/s FREED/s MAG% DEPOT% REFILL/s
		DRAIN/s FRESH/s SAME/s OTHER/s"
	local map="ARENA US FR RE NODE"
	local slabs="SIZE BLOCKS USED HELD USED% ASKMALLOC KMALLOC OBJECTS KHELD KUSED%"

	case " ${COMP_WORDS[*]} " in
	*" classes "*) echo "$classes" ;;
	*" map "*) echo "$map" ;;
	*" slabs "*) echo "$slabs" ;;
	*) echo "$heaps" ;;
	esac
}

# Fill COMPREPLY with the words of standard input, one a line, that begin with $cur.
_kpoolstat_words() {
	local word

	COMPREPLY=()
	while IFS= read -r word; do
		[[ $word == "$cur"* ]] && COMPREPLY+=("$word")
	done
}

_kpoolstat_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

_kpoolstat() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local options="-1 --once -i --interval -n --count -j --json -c --csv --plot --diff -d --delay
		-v --view -H --heap -s --sort -r --reverse -f --filter --ascii --no-color --root --slabinfo -h --help -V --version"

	# Readline makes = a word of its own.
	if [[ $cur == "=" ]]; then
		cur=
	elif [[ $prev == "=" ]] && ((COMP_CWORD >= 2)); then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case $prev in
	-v | --view) _kpoolstat_words < <(printf '%s\n' heaps classes map slabs figures) ;;
	--csv) _kpoolstat_words < <(printf '%s\n' stats classes arenas) ;;
	-H | --heap) _kpoolstat_words < <(_kpoolstat_heaps) ;;
	-s | --sort) _kpoolstat_words < <(_kpoolstat_columns | tr -s ' \t' '\n') ;;
	--root) _kpoolstat_files -d ;;
	--plot | --slabinfo | --diff | record | replay) _kpoolstat_files -f ;;
	-i | --interval | -n | --count | -d | --delay | -f | --filter) COMPREPLY=() ;;
	*)
		if [[ $cur == -* ]]; then
			_kpoolstat_words < <(tr -s ' \t' '\n' <<<"$options")
		elif [[ " ${COMP_WORDS[*]} " == *" --diff "* || " ${COMP_WORDS[*]} " == *" replay "* ||
			" ${COMP_WORDS[*]} " == *" record "* ]]; then
			_kpoolstat_files -f
		else
			_kpoolstat_words < <(printf '%s\n' record replay)
		fi
		;;
	esac
}

complete -F _kpoolstat kpoolstat
