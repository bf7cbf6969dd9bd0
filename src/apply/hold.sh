# Holds: hold ID SECONDS (made by this transaction; "-" for no end), release ID closes|breaks (ended by it).
# A hold is /var/lib/confine/holds/ID; the transaction ID holds in end/ what takes it back.

state=/var/lib/confine
holds=$state/holds
hold_unit=/etc/systemd/system/confine-hold
timers=/etc/systemd/system/timers.target.wants

hold_possible() {
  [ "$2" = - ] || [ -d /run/systemd/system ] || fail 'no systemd on this host, so nothing could end it by itself: relax it without --for'
}

# Units on disk, so that the end comes after a reboot too. OnBootSec is for an end that came while the host was down.
hold_timer() {
  cat >"$hold_unit-$1.service" <<EOF &&
# Written by confine: ends a hold, and goes with it.
[Unit]
Description=Put back what confine relaxed
After=named.service

[Service]
Type=oneshot
ExecStart=/bin/sh $T/run.sh end $T
EOF
    cat >"$hold_unit-$1.timer" <<EOF &&
# Written by confine: ends a hold, and goes with it.
[Unit]
Description=The end of a hold of confine

[Timer]
OnCalendar=$(date -u -d "@$2" '+%Y-%m-%d %H:%M:%S UTC')
OnBootSec=30
AccuracySec=1s
EOF
    mkdir -p "$timers" && ln -sfn "../confine-hold-$1.timer" "$timers/confine-hold-$1.timer" &&
    sync "$hold_unit-$1.service" "$hold_unit-$1.timer" /etc/systemd/system "$timers" &&
    systemctl daemon-reload && systemctl start -- "confine-hold-$1.timer"
}

hold_make() {
  _now=$(date +%s)
  _until=
  [ "$2" = - ] || _until=$((_now + $2))
  mkdir -p "$holds" && cp -- "$T/hold" "$T/hold.new" &&
    printf 'since\t%s\nuntil\t%s\n' "$_now" "$_until" >>"$T/hold.new" && sync "$T/hold.new" &&
    mv -f -- "$T/hold.new" "$holds/$1" && sync "$holds" "$T/end" || fail 'cannot write the hold' || return 1
  [ -z "$_until" ] || hold_timer "$1" "$_until" || fail 'cannot start the timer that ends the hold'
}

# hold_forget ID: its files
hold_forget() {
  rm -f -- "$hold_unit-$1.service" "$hold_unit-$1.timer" "$timers/confine-hold-$1.timer" "$holds/$1"
  rmdir -- "$holds" 2>/dev/null
  sync "$state" /etc/systemd/system
}

hold_remove() {
  _timed=
  [ ! -e "$hold_unit-$1.timer" ] || { _timed=yes && systemctl --quiet stop -- "confine-hold-$1.timer" 2>/dev/null; }
  hold_forget "$1"
  [ -z "$_timed" ] || systemctl daemon-reload
  return 0
}

# Behind its end nothing stands of a hold's transaction, nor of the one that took it back: undo passes over both.
hold_release() {
  hold_remove "$1"
  [ "$2" = closes ] || return 0
  phase closed
  _here=$T
  T=$state/transactions/$1
  phase closed
  rm -rf -- "$T/end"
  T=$_here
}

# The end of the hold that transaction $T made, when its time has come: what takes it back is a transaction of its own.
hold_end() {
  _until=$(sed -n "s/^until$TAB//p" "$holds/${T##*/}" 2>/dev/null)
  [ -n "$_until" ] && [ "$(date +%s)" -ge "$_until" ] || return 0
  _next=$(date -u '+%Y%m%dT%H%M%SZ')-${T##*-}
  _folder=$state/transactions/$_next
  cp -a -- "$T/end" "$_folder" && cp -p -- "$T/run.sh" "$T/recover.service" "$_folder/" &&
    printf 'id\t%s\n' "$_next" >>"$_folder/meta" && apart "$_folder" "$_next" run 1500
}
