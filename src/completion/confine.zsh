#compdef confine
# Completion of confine for zsh. Load it from ~/.zshrc, behind compinit:
#   source <(confine completion zsh)
# or put it into a folder of $fpath as _confine.
_confine() {
  local -a lines found
  local line word tab=$'\t'
  lines=("${(@f)$("${(Q)words[1]}" complete "${(@Q)words[2,CURRENT-1]}" "${(Q)IPREFIX}${(Q)PREFIX}" 2>/dev/null)}")
  if [[ $lines[1] == :files ]]; then
    compset -P '--*='
    _files
    return
  fi
  for line in $lines; do
    word=${line%%$tab*}
    found+=("${word//:/\\:}:${line#*$tab}")
  done
  if [[ $PREFIX == -* ]]; then _describe -o confine found; else _describe confine found; fi
}
if [[ $funcstack[1] == _confine ]]; then _confine "$@"; else compdef _confine confine; fi
