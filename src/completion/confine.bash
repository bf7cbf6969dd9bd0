# shellcheck shell=bash
# Completion of confine for bash, without the package bash-completion. Load it from ~/.bashrc:
#   eval "$(confine completion bash)"
_confine() {
  local -a words=()
  local raw=${COMP_WORDS[COMP_CWORD]} cur line stem
  local -i i
  # bash cuts words at = and : too; confine wants them whole.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    if ((i > 1)) && [[ ${COMP_WORDS[i]} == [=:]* || ${COMP_WORDS[i - 1]} == *[=:] ]]; then
      words[${#words[@]} - 1]+=${COMP_WORDS[i]}
    else
      words+=("${COMP_WORDS[i]}")
    fi
  done
  [[ $raw != [=:]* ]] || raw=
  cur=${words[${#words[@]} - 1]}
  stem=${cur%"$raw"}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$raw")
    else
      line=${line%%$'\t'*}
      COMPREPLY+=("${line#"$stem"}")
    fi
  done < <("$1" complete "${words[@]}" 2>/dev/null)
}
complete -F _confine confine
