#compdef wildrydes
# Completion of wildrydes in zsh.
_wildrydes() {
    local found
    local -a lines
    found=$(${~words[1]} __complete zsh "${(@Q)words[2,CURRENT]}" 2>/dev/null </dev/null)
    if [[ $? -eq 10 ]]; then # the word is the name of a file
        compset -P '--*='
        _files
    elif [[ -n $found ]]; then
        lines=("${(@f)found}")
        _describe -V wildrydes lines
    fi
}
if [[ $funcstack[1] == _wildrydes ]]; then
    _wildrydes "$@"
else
    compdef _wildrydes wildrydes
fi
