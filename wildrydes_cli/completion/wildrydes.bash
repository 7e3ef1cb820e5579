# Completion of wildrydes in bash.
_wildrydes() {
    local found word
    found=$("$1" __complete bash "${COMP_LINE:0:COMP_POINT}" 2>/dev/null </dev/null)
    if [ $? -eq 10 ]; then # the word is the name of a file
        compopt -o default 2>/dev/null
        return
    fi
    compopt -o nosort 2>/dev/null
    while IFS= read -r word; do
        [ -n "$word" ] && COMPREPLY+=("$word")
    done <<<"$found"
}
complete -F _wildrydes wildrydes
