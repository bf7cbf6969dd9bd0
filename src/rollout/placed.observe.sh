# observe_rollout_placed KEY: the standing transactions of the rollout, in the order of their names, which is that of time
observe_rollout_placed() {
  frame "$1" asked
  for _tx in /var/lib/confine/transactions/*; do
    _phase=
    { IFS= read -r _phase <"$_tx/phase"; } 2>/dev/null
    [ "$_phase" = committed ] || continue
    while IFS="$TAB" read -r _what _number _path _line; do
      [ "$_what $_path" = 'node /var/lib/confine/rollout' ] || continue
      printf '%s\n' "$_tx"
      break
    done <"$_tx/manifest"
  done
}
