# observe_served KEY UNIT: whom the zones of the named of this unit belong to
observe_served() {
  [ -n "$2" ] || { unread "$1" "$_undecided" && return; }
  _pid=$(named_pid "$2" 2>/dev/null)
  [ "${_pid:-0}" -gt 0 ] || return 0
  if start_of "$2" "$_pid"; then served "$1" "$_pid"; else unread "$1" "$_lack"; fi
}

# unread KEY REASON: why that can't be told
unread() {
  frame "$1" unread
  printf '%s\n' "$2"
}

# served KEY PID: behind start_of, where named listens, its zones, and who answers for them besides it; sets _server and
# _zones
served() {
  frame "$1" listeners
  _listeners=$(listeners "$2")
  printf '%s\n' "$_listeners"
  frame "$1" zones
  _zones=$(zones_started)
  printf '%s\n' "$_zones"
  _server=$(printf '%s\n' "$_listeners" | dns_server /dev/stdin)
  [ -n "$_server" ] && [ -n "$_zones" ] || return 0
  frame "$1" servers
  _ns=$(printf '%s\n' "$_zones" | awk '{ print $1, "NS" }' | asked | awk '$4 == "NS" { print $1, $5 }')
  printf '%s\n' "$_ns"
  frame "$1" names
  printf '%s\n' "$_ns" | awk 'NF == 2 && !seen[$2]++ { print $2, "A"; print $2, "AAAA" }' | asked |
    awk '$4 == "A" || $4 == "AAAA" { print $1, $5 }'
}

# asked: the answers of $_server to "NAME TYPE" of each line; of a named that does not answer, none after a while
asked() {
  awk -v server="$_server" '{ print "@" server, $0, "+norec +time=2 +tries=1" }' |
    timeout 40 dig +noall +answer -f /dev/stdin 2>/dev/null
}
