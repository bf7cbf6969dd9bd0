# observe_exposure KEY UNIT
observe_exposure() {
  frame "$1" exposure
  systemd-analyze security --no-pager -- "$2" 2>/dev/null | tail -n 1
}

# observe_last KEY: the outcome of the newest transaction
observe_last() {
  frame "$1" last
  _newest=
  for _tx in /var/lib/confine/transactions/*/outcome; do [ -r "$_tx" ] && _newest=$_tx; done
  [ -z "$_newest" ] || cat -- "$_newest"
}
