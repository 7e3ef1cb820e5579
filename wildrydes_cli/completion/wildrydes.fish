# Completion of wildrydes in fish.
function __wildrydes_complete
    set -l words (commandline -opc)
    set -l found (command $words[1] __complete fish $words[2..-1] (commandline -ct) 2>/dev/null </dev/null)
    if test $status -eq 10 # the word is the name of a file
        __fish_complete_path (commandline -ct)
    else
        string collect -- $found
    end
end
complete --command wildrydes --no-files --keep-order --arguments '(__wildrydes_complete)'
