# acknowledge FOLDER NONCE: the word from outside that a transaction waits for
acknowledge() {
  _phase=
  { IFS= read -r _phase <"$1/phase"; } 2>/dev/null
  if [ "$_phase" != confirming ]; then
    printf 'refused\tthe transaction does not wait for it: it is %s\n' "${_phase:-gone}"
  elif [ "$(cat "$1/nonce")" != "$2" ]; then
    printf 'refused\tthat is not the nonce of this transaction\n'
  elif printf '%s\n' "$2" >"$1/acknowledged.new" && mv -f -- "$1/acknowledged.new" "$1/acknowledged"; then
    printf 'acknowledged\t\n'
  else
    printf 'refused\tcannot write to %s\n' "$1"
  fi
}
