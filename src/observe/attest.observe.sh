# observe_exposure KEY UNIT
observe_exposure() {
  frame "$1" exposure
  systemd-analyze security --no-pager -- "$2" 2>/dev/null | tail -n 1
}

# observe_committed KEY: transactions that stand, the oldest first
observe_committed() {
  frame "$1" committed
  by_time /var/lib/confine/transactions/*/phase | while IFS= read -r _tx; do
    IFS= read -r _phase <"$_tx"
    [ "$_phase" != committed ] || printf '%s\n' "${_tx%/phase}"
  done
}

# observe_last KEY: the outcome of the newest transaction
observe_last() {
  frame "$1" last
  _newest=$(by_time /var/lib/confine/transactions/*/outcome | tail -n 1)
  [ -z "$_newest" ] || cat -- "$_newest"
}
