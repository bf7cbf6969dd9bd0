# asker WHO: and where from, as the lock and those who find it held are told. Behind sudo only an ancestor knows.
asker() {
  _pid=$$ _ssh=${SSH_CONNECTION:-}
  while [ -z "$_ssh" ] && [ "${_pid:-0}" -gt 1 ]; do
    _ssh=$(tr '\0' '\n' <"/proc/$_pid/environ" 2>/dev/null | sed -n 's/^SSH_CONNECTION=//p')
    _pid=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$_pid/status" 2>/dev/null)
  done
  printf '%s%s\n' "$1" "${_ssh:+ from ${_ssh%% *}}"
}
