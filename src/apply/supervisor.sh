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

# ended OUTCOME REASON: kept for whoever asks; nobody was told yet
ended() {
  {
    printf 'outcome\t%s\nreason\t%s\nat\t%s\n' "$1" "$2" "$(date +%s)"
    cat "$T/meta"
  } >"$T/outcome.new" && sync "$T/outcome.new" || return 1
  rm -f -- "$T/told"
  mv -f -- "$T/outcome.new" "$T/outcome"
  sync "$T"
}

# The lock lives as long as this shell does; children never inherit it. It is always waited for a little: who waits for
# another run to end has it for a moment.
take_lock() {
  lock_as "$(cat "$T/asker" 2>/dev/null || meta who)" "$@"
}

# lock_as WHO FLOCK-OPTION...
lock_as() {
  _mine="$1 since $(date -u '+%Y-%m-%d %H:%M:%S UTC')"
  shift
  # Who may read it could hold it, too.
  umask 077
  exec 9>>/run/confine.lock
  umask 022
  flock "$@" 9 || return 1
  printf '%s\n%s\n' "$_mine" "$$" >/run/confine.lock
}

# Who holds the lock, from where, since when. One that was only just taken, or let go, has another's name in it, or none.
holder() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    lock_held && break
    sleep 0.1
  done
  printf '%s\n' "${_holder:-somebody who has not said so yet}"
}
