# Completion of bauta's commands, options and values for fish.
#   bauta completion fish > ~/.config/fish/completions/bauta.fish
function __bauta_at
    set -l at bauta
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$at $word"
            case @COMMANDS@
                set at "$at $word"
            case @VALUED@
                set skip 1
        end
    end
    test "$at" = "$argv[1]"
end
complete -c bauta -f
@LINES@
