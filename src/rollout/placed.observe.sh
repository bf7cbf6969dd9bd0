# rollout_id FILE: that of the state in it; nothing where there is none
rollout_id() {
  sed -n "s/^id$TAB//p" "$1" 2>/dev/null
}

# observe_rollout_placed KEY: the standing transactions that wrote a state, the oldest first, each with the
# rollout that the host was in before it; and the one that it is in now
observe_rollout_placed() {
  frame "$1" asked
  for _tx in $(by_time /var/lib/confine/transactions/*/phase); do
    _tx=${_tx%/phase}
    _phase=
    { IFS= read -r _phase <"$_tx/phase"; } 2>/dev/null
    [ "$_phase" = committed ] || continue
    while IFS="$TAB" read -r _what _number _path _line; do
      [ "$_what $_path" = 'node /var/lib/confine/rollout' ] || continue
      printf '%s\t%s\n' "$_tx" "$(rollout_id "$_tx/old/$_number")"
      break
    done <"$_tx/manifest"
  done
  printf 'now\t%s\n' "$(rollout_id /var/lib/confine/rollout)"
}
