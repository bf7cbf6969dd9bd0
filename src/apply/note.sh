# note_state WHO GENERATION TEXT: the state of a rollout, written where it still is the one that was seen. Says
# noted, quicker (somebody else has written it meanwhile), locked and by whom, or failed and why.
note_state() {
  umask 022
  _state=/var/lib/confine/rollout
  lock_as "$(asker "$1")" -w 5 || {
    printf 'locked\t%s\n' "$(holder)"
    return
  }
  if [ "$(sed -n "s/^generation$TAB//p" "$_state" 2>/dev/null)" != "$2" ]; then
    printf 'quicker\t\n'
  elif printf '%s' "$3" >"$_state.new" && sync "$_state.new" && mv -f -- "$_state.new" "$_state" && sync "${_state%/*}"; then
    printf 'noted\t\n'
  else
    rm -f -- "$_state.new"
    printf 'failed\tcannot write %s\n' "$_state"
  fi
  exec 9>&-
}
