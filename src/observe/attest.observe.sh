# observe_exposure KEY UNIT
observe_exposure() {
  frame "$1" exposure
  systemd-analyze security --no-pager -- "$2" 2>/dev/null | tail -n 1
}

# observe_committed KEY: transactions that stand, in the order of their names, which is that of time
observe_committed() {
  frame "$1" committed
  for _tx in /var/lib/confine/transactions/*/phase; do
    [ -r "$_tx" ] || continue
    IFS= read -r _phase <"$_tx"
    [ "$_phase" != committed ] || printf '%s\n' "${_tx%/phase}"
  done
}

# observe_last KEY: the outcome of the newest transaction
observe_last() {
  frame "$1" last
  _newest=
  for _tx in /var/lib/confine/transactions/*/outcome; do [ -r "$_tx" ] && _newest=$_tx; done
  [ -z "$_newest" ] || cat -- "$_newest"
}
