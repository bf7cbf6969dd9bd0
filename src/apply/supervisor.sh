# What every supervisor shares. usage: sh run.sh ACTION FOLDER

T=$2
TAB=$(printf '\t')

# progress STEP [DETAIL]
progress() {
  printf '%s\t%s\n' "$1" "${2:-}" >>"$T/progress"
}

meta() {
  sed -n "s/^$1$TAB//p" "$T/meta"
}

# The lock lives as long as this shell does; children never inherit it. It is always waited for a little: who waits for
# another run to end has it for a moment.
take_lock() {
  exec 9>>/run/confine.lock
  flock "$@" 9 || return 1
  printf '%s since %s\n' "$(cat "$T/asker" 2>/dev/null || meta who)" "$(date -u '+%Y-%m-%d %H:%M:%S UTC')" >/run/confine.lock
}

# Who holds the lock, from where, since when
holder() {
  head -n 1 /run/confine.lock
}
