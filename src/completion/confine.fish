# Completion of confine for fish. Load it from ~/.config/fish/config.fish:
#   confine completion fish | source
# or put it into ~/.config/fish/completions/confine.fish.
function __confine_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l found ($words[1] complete $words[2..-1] "$current" 2>/dev/null)
    if test "$found[1]" = :files
        __fish_complete_path "$current"
    else
        string join -- \n $found
    end
end
complete -c confine -f -a '(__confine_complete)'
