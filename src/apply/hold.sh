# Holds: hold ID SECONDS BYTES (made by this transaction; "-" for no end and no limit), release ID closes|breaks|stops
# (ended by it; what stops is over even where that is undone, since undo loads profiles from their files).
# One with a limit is over too when so much was recorded, and behind a boot.
# A hold is /var/lib/confine/holds/ID; the transaction ID holds in end/ what takes it back.

state=/var/lib/confine
holds=$state/holds
hold_unit=/etc/systemd/system/confine-hold
timers=/etc/systemd/system/timers.target.wants
boot_id=/proc/sys/kernel/random/boot_id

hold_possible() {
  [ "$2" = - ] || [ -d /run/systemd/system ] || fail "no systemd on this host, so nothing could end it by itself$([ "$3" != - ] || echo ': relax it without --for')"
}

# Units on disk, so that the end comes after a reboot too. OnBootSec is for an end that came while the host was down;
# where the host has long been up it comes at once, which is when what has a limit is watched. That one writes to the
# disk, so an end that failed is tried again.
hold_timer() {
  _when="OnCalendar=$(date -u -d "@$2" '+%Y-%m-%d %H:%M:%S UTC')"
  [ "$3" = - ] || _when='OnUnitInactiveSec=15min'
  cat >"$hold_unit-$1.service" <<EOF &&
# Written by confine: ends a hold, and goes with it.
[Unit]
Description=Put back what confine relaxed
After=named.service

[Service]
Type=oneshot
ExecStart=/bin/sh $T/run.sh end $T
SuccessExitStatus=SIGTERM
EOF
    cat >"$hold_unit-$1.timer" <<EOF &&
# Written by confine: ends a hold, and goes with it.
[Unit]
Description=The end of a hold of confine

[Timer]
$_when
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
    printf 'since\t%s\nuntil\t%s\n' "$_now" "$_until" >>"$T/hold.new" &&
    { [ "$3" = - ] || printf 'bytes\t%s\nboot\t%s\n' "$3" "$(cat "$boot_id")" >>"$T/hold.new"; } && sync "$T/hold.new" &&
    mv -f -- "$T/hold.new" "$holds/$1" && sync "$holds" "$T/end" || fail 'cannot write the hold' || return 1
  [ -z "$_until" ] || hold_timer "$1" "$_until" "$3" || fail 'cannot start the timer that ends the hold'
}

# hold_forget ID: its files
hold_forget() {
  rm -f -- "$hold_unit-$1.service" "$hold_unit-$1.timer" "$timers/confine-hold-$1.timer" "$holds/$1"
  rmdir -- "$holds" 2>/dev/null
  sync "$state" /etc/systemd/system
}

# Units on their way at boot have not been started yet.
hold_remove() {
  _timed=
  [ -n "${booting:-}" ] || [ ! -e "$hold_unit-$1.timer" ] || { _timed=yes && systemctl --quiet stop -- "confine-hold-$1.timer" "confine-hold-$1.service" 2>/dev/null; }
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

hold_says() {
  sed -n "s/^$1$TAB//p" "$holds/${T##*/}" 2>/dev/null
}

# Whether it is over; with a limit, that is waited for.
hold_over() {
  _until=$(hold_says until)
  [ -n "$_until" ] || return 1
  _left=$((_until - $(date +%s)))
  [ "$_left" -gt 0 ] || return 0
  _bytes=$(hold_says bytes)
  [ -n "$_bytes" ] || return 1
  [ "$(hold_says boot)" = "$(cat "$boot_id")" ] || return 0
  audit_grows "$_bytes" "$_left"
}

# audit_grows BYTES SECONDS: until so much was written, however often the log rotates meanwhile, or so long.
audit_grows() {
  _log=$(sed -n 's/^[[:space:]]*log_file[[:space:]]*=[[:space:]]*//p' /etc/audit/auditd.conf 2>/dev/null)
  if [ -s /run/auditd.pid ]; then
    set -- "$@" tail -n 0 -F -- "${_log:-/var/log/audit/audit.log}"
  else
    set -- "$@" journalctl -q -f -n 0 -o cat _TRANSPORT=kernel + _TRANSPORT=audit
  fi
  _bytes=$1 _left=$2
  shift 2
  # In the background, since a reader of a log notices only at its next line that nobody counts any more.
  { timeout "$_left" "$@" 2>/dev/null & } | head -c "$_bytes" >/dev/null
}

hold_stopped() {
  [ "$2" != stops ] || hold_remove "$1"
}

# tries_gone FOLDER: what a host tries by itself it tries again, so only the last is kept of those that changed nothing
tries_gone() {
  for _try in "$state"/transactions/*-"${1##*-}"; do
    [ "$_try" = "$1" ] || ! grep -qE "^outcome$TAB(refused|locked|undone)\$" "$_try/outcome" 2>/dev/null || rm -rf -- "$_try"
  done
}

# The end of the hold that transaction $T made, when its time has come: what takes it back is a transaction of its own.
hold_end() {
  hold_over || return 0
  tries_gone "$T"
  _next=$(date -u '+%Y%m%dT%H%M%SZ')-${T##*-}
  _folder=$state/transactions/$_next
  cp -a -- "$T/end" "$_folder" && cp -p -- "$T/run.sh" "$T/recover.service" "$_folder/" &&
    printf 'id\t%s\n' "$_next" >>"$_folder/meta" && apart "$_folder" "$_next" run 1500
}
