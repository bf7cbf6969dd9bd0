# What a rollout has enforced, this host watches by itself: watching SECONDS (begun by this transaction), unwatch -
# (over with it). In $T/watch is what it goes by, and in $T/end the transaction that goes back to complain.

rollout=$state/rollout
watch_unit=/etc/systemd/system/confine-watch.service
watch_wants=/etc/systemd/system/multi-user.target.wants

watch_possible() {
  [ -d /run/systemd/system ] || fail 'no systemd on this host, so it could not watch itself behind enforce'
}

# A unit on disk, so that a reboot does not end it.
watch_make() {
  {
    mkdir -p "$T/watch" "$watch_wants" && cp -a -- "$T/base" "$T/meta" "$T/manifest" "$T/watch/" &&
      { [ ! -e "$T/audit-mark" ] || cp -p -- "$T/audit-mark" "$T/watch/"; } &&
      { [ ! -e "$T/journal-mark" ] || cp -p -- "$T/journal-mark" "$T/watch/"; } &&
      cat >"$watch_unit" <<EOT && ln -sfn ../confine-watch.service "$watch_wants/confine-watch.service" &&
# Written by confine: watches what a rollout has enforced, and goes by itself.
[Unit]
Description=Watch what a rollout has enforced
After=named.service

[Service]
ExecStart=/bin/sh $T/run.sh watch $T
Restart=on-failure
RestartSec=5
SuccessExitStatus=SIGTERM
EOT
      each watch watch_run >"$T/watch/run" && sync "$watch_unit" /etc/systemd/system "$watch_wants"
  } 2>/dev/null && systemctl daemon-reload && systemctl --no-block start confine-watch.service ||
    fail 'cannot start what watches this host behind enforce'
}

# On the way up at boot it was not started yet.
watch_gone() {
  [ -e "$watch_unit" ] || return 0
  rm -f -- "$watch_wants/confine-watch.service" "$watch_unit"
  sync /etc/systemd/system "$watch_wants"
  [ -n "${booting:-}" ] || {
    systemctl --no-block stop confine-watch.service
    systemctl daemon-reload
  } 2>/dev/null
  return 0
}

# watch_run UNIT: "UNIT INVOCATION RESTARTS", of the run that is watched
watch_run() {
  printf '%s %s %s\n' "$1" "$(systemctl show -p InvocationID --value -- "$1")" "$(systemctl show -p NRestarts --value -- "$1")"
}

# The watch itself, once the transaction stands. Only time in which named runs and answers counts, and it is kept.
watch_host() {
  _tx=$T id=${T##*/}
  until grep -qx committed "$_tx/phase"; do
    [ ! -e "$_tx/outcome" ] || return 0
    sleep 1
  done
  _window=$(sed -n "s/^watching$TAB//p" "$_tx/manifest")
  _window=${_window%%"$TAB"*}
  _tick=$((_window / 5))
  [ "$_tick" -le 5 ] || _tick=5
  [ "$_tick" -ge 1 ] || _tick=1
  T=$_tx/watch
  _past=$(cat "$T/past" 2>/dev/null)
  _past=${_past:-0} _then=$(up_seconds)
  while [ "$_past" -lt "$_window" ]; do
    sleep "$_tick"
    _counts=yes
    each watch watch_sees || watch_back
    _up=$(up_seconds)
    [ "$_counts" = no ] || _past=$((_past + _up - _then))
    _then=$_up
    printf '%s\n' "$_past" >"$T/past.new" && mv -f -- "$T/past.new" "$T/past"
  done
  watch_over
}

# watch_sees UNIT: false where it has to go back; the reason goes to $T/why
watch_sees() {
  case $(systemctl show -p ActiveState --value -- "$1") in
    active | reloading) ;;
    failed) fail "$1 has failed: $(systemctl show -p Result --value -- "$1")" || return 1 ;;
    # Somebody stopped it, or it starts: neither is of the profile.
    *) _counts=no && return 0 ;;
  esac
  _known=$(grep "^$1 " "$T/run")
  _run=$(watch_run "$1")
  if [ "$_run" != "$_known" ]; then
    # systemd counts the starts that nobody asked for, and begins anew with one that somebody did.
    [ "${_run##* }" -eq 0 ] || [ "${_run##* }" -le "${_known##* }" ] || fail "$1 ended, and systemd started it again" || return 1
    { grep -v "^$1 " "$T/run"; printf '%s\n' "$_run"; } >"$T/run.new"
    mv -f -- "$T/run.new" "$T/run"
  fi
  _denied=$(trail_since | watch_denied)
  [ -z "$_denied" ] || fail "AppArmor denied $_denied" || return 1
  healthy "$1"
}

# The first denial of the watched profiles, of their children and hats too, in words
watch_denied() {
  grep -E 'apparmor="(DENIED|KILLED)"' | grep -E "profile=\"($(meta profiles))(//[^\"]*)?\"" | head -n 1 |
    sed -nE 's/.*operation="([^"]*)".*/\1 &/; s/^([^ ]+) .* (name|capname)=("[^"]*"|[0-9A-F]+).*/\1 \3/; s/^([^ ]+) type=.*/\1/; p'
}

# rollout_with STAGE SOAKED REASON: the state as it is to be now
rollout_with() {
  awk -F '\t' -v OFS='\t' -v stage="$1" -v soaked="$2" -v now="$(date +%s)" '
    $1 == "reason" { next }
    $1 == "generation" { $2++ }
    $1 == "since" && was != stage { $2 = now }
    $1 == "stage" { was = $2; $2 = stage }
    $1 == "soaked" { $2 = soaked }
    { print }' "$rollout"
  [ -z "$3" ] || printf 'reason\t%s\n' "$3"
}

# Back to complain, by a transaction of its own; it ends this watch. One that does not commit is tried again, for as
# long as what it is about is seen, less and less often.
watch_back() {
  _counts=no
  tries_gone "$_tx"
  _next=$(date -u '+%Y%m%dT%H%M%SZ')-${id##*-}
  _end=$state/transactions/$_next
  rm -rf -- "$_end"
  cp -a -- "$_tx/end" "$_end" && cp -p -- "$_tx/run.sh" "$_tx/recover.service" "$_end/" &&
    printf 'node\tstate\t%s\tfile\t0644\troot:root\t-\t%s\n' "$rollout" "$(preimage "$rollout")" >>"$_end/manifest" &&
    rollout_with back 0 "$(head -n 1 "$T/why")" >"$_end/new/state" && printf 'id\t%s\n' "$_next" >>"$_end/meta" &&
    apart "$_end" "$_next" run 1500 || return 0
  until [ -e "$_end/outcome" ] || [ "$(systemctl show -p ActiveState --value "confine-$_next-run")" = inactive ]; do sleep 1; done
  _pause=$((${_pause:-5} * 2))
  [ "$_pause" -le 600 ] || _pause=600
  sleep "$_pause"
}

# The window was quiet: that is written down for whoever finishes the rollout, and the watch goes.
watch_over() {
  lock_as 'the watch of a rollout' || return 1
  if [ "$(sed -n "s/^stage$TAB//p" "$rollout")" = watching ]; then
    rollout_with watching "$_past" '' >"$rollout.new" && sync "$rollout.new" && mv -f -- "$rollout.new" "$rollout" && sync "$state" || return 1
  fi
  watch_gone 9>&-
}
