"""The scripts that make shells ask us at the Tab key; PROGRAM, NAMES and FALLBACK are filled in.

A script knows no command and no flag, so it stays as it is when these change.
"""

from __future__ import annotations

from collections.abc import Mapping

from hubimages.commands.formats import Shell

# Readline takes a word apart at = and :, and wants only what comes after
_BASH = r"""
# completion of NAMES in bash
_PROGRAM_words() {
    local line=${COMP_LINE:0:COMP_POINT} current=${COMP_WORDS[COMP_CWORD]} before word
    [[ $current == [=:] ]] && current=
    before=${line##*[[:space:]]}
    before=${before%"$current"}
    COMPREPLY=()
    while IFS= read -r word; do
        COMPREPLY+=("${word#"$before"}")
    done < <({ "$1" completion --line "$line"FALLBACK; } 2>/dev/null </dev/null)
}
complete -o default -F _PROGRAM_words NAMES
"""

_ZSH = r"""
# completion of NAMES in zsh
_PROGRAM_words() {
    local line="${(j: :)words[1,CURRENT-1]} $PREFIX"
    local -a found
    found=(${(f)"$({ $words[1] completion --line "$line"FALLBACK; } 2>/dev/null </dev/null)"})
    if (( $#found )); then compadd -a found; else _files; fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
compdef _PROGRAM_words NAMES
"""

_FISH = r"""
# completion of NAMES in fish
function _PROGRAM_words
    set -l line (commandline --current-process --cut-at-cursor)
    set -l found (begin; PROGRAM completion --line "$line"FALLBACK; end 2>/dev/null </dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path (commandline --current-token)
    end
end
for name in NAMES
    complete --command $name --no-files --arguments '(_PROGRAM_words)'
end
"""

_SCRIPTS: Mapping[Shell, str] = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
_RUNS: Mapping[Shell, str] = {"bash": '"$1"', "zsh": "$words[1]", "fish": "PROGRAM"}


def script(shell: Shell, program: str) -> str:
    """Return the script for a program; `invoke` has other tasks too, in other repositories."""
    ours = program == "hubimages"
    fallback = "" if ours else f' || {_RUNS[shell]} --complete -- "$line"'
    text = _SCRIPTS[shell].replace("FALLBACK", fallback)
    return text.replace("NAMES", program if ours else f"{program} inv").replace("PROGRAM", program)
