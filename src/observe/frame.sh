# Answers travel as frames: a line "@NONCE KEY" opens one, and its bytes run to the next such line.
# The nonce is drawn anew for every trip, so no content of a host can look like a frame.
frame() {
  printf '\n@%s %s\n' "$nonce" "$*"
}

TAB='	'
NL='
'

# Texts are taken apart by expansion: read would cost a system call for every byte of a here-document.

# Whether a path that does not exist can be believed to be absent: its nearest folder can be searched.
reachable() {
  _folder=${1%/*}
  while [ -n "$_folder" ] && [ ! -e "$_folder" ]; do _folder=${_folder%/*}; done
  [ -x "${_folder:-/}" ]
}

# lines FILE: its lines, as cat would give them of a text, without a process for it
lines() {
  while IFS= read -r _line || [ -n "$_line" ]; do printf '%s\n' "$_line"; done 2>/dev/null <"$1"
}

# read_later KEY file|link PATH: what is read together with all the rest, behind the last question
_later=
read_later() {
  _later=$_later$1$TAB$2$TAB$3$NL
}

# paths_later KIND COMMAND...: runs the command with the paths of a kind, or of all (*)
paths_later() {
  _wanted=$1 _ifs=$IFS
  shift
  set -f
  IFS=$NL
  for _entry in $_later; do
    _entry=${_entry#*"$TAB"}
    # shellcheck disable=SC2254 # a pattern is meant
    case ${_entry%%"$TAB"*} in $_wanted) set -- "$@" "${_entry#*"$TAB"}" ;; esac
  done
  IFS=$_ifs
  set +f
  QUOTING_STYLE=literal "$@" 2>/dev/null
}

# observe_later: three processes for all files, where two for each would be most of a look's cost. The second
# stat tells whether a file changed while it was read.
observe_later() {
  [ -n "$_later" ] || return 0
  frame later asked
  printf '%s' "$_later"
  frame later stat
  paths_later '*' stat -c "%s %Z %i %a$TAB%U$TAB%G$TAB%N" --
  case $_later in *"${TAB}file$TAB"*) ;; *) return 0 ;; esac
  frame later bytes
  paths_later file cat --
  frame later again
  paths_later file stat -c '%s %Z %i %n' --
}
