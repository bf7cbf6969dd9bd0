# await_lock SECONDS: until nobody holds the lock, or so long; then says who does. Ends with its session.
await_lock() {
  [ -e /run/confine.lock ] || return 0
  flock -w "$1" /run/confine.lock true || head -n 1 /run/confine.lock
}
