# Answers travel as frames: a line "@NONCE KEY" opens one, and its bytes run to the next such line.
# The nonce is drawn anew for every trip, so no content of a host can look like a frame.
frame() {
  printf '\n@%s %s\n' "$nonce" "$*"
}

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
