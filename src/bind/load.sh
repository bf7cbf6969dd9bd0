# A slow load of zones is no failure. named calls itself ready when all are loaded (measured with 9.18), but a unit
# that is not Type=notify has started long before, and a secondary's zone may have to be transferred behind it.

# Seconds: for a start together with its load, and for the whole of it that health waits for.
load_limit=270

# healthy UNIT: waits while named works on what is missing; what is lost for good fails soon
healthy() {
  rm -f -- "$T/lost-zones"
  _since=$(up_seconds)
  _quiet=$_since _mark=$_since _ticks=$(cpu_ticks "$1")
  until healthy_now "$1"; do
    _now=$(up_seconds)
    if starting "$1"; then
      _quiet=$_now
    elif [ $((_now - _mark)) -ge 5 ]; then
      _spent=$(($(cpu_ticks "$1") - _ticks))
      # A hundredth of one processor; our own questions take a third of that.
      [ "$_spent" -lt $((_now - _mark)) ] || _quiet=$_now
      _mark=$_now _ticks=$((_ticks + _spent))
    fi
    [ $((_now - _since)) -lt "$load_limit" ] || return 1
    [ $((_now - _quiet)) -lt "$(patience "$1")" ] || return 1
    sleep 0.2
  done
}

# patience UNIT: how many seconds without work mean that nothing more will come
patience() {
  if loaded "$1" && ! lacks_secondary; then echo 4; else echo 30; fi
}

starting() {
  [ "$(systemctl show -p ActiveState --value -- "$1")" = activating ]
}

# loaded UNIT: whether named says that it has loaded what it could
loaded() {
  [ "$(systemctl show -p Type --value -- "$1")" != notify ] || return 0
  journalctl -q -o cat "_SYSTEMD_INVOCATION_ID=$(systemctl show -p InvocationID --value -- "$1")" 2>/dev/null |
    grep -q 'all zones loaded'
}

lacks_secondary() {
  [ -s "$T/lost-zones" ] && awk '
    NR == FNR { if ($2 == "secondary" || $2 == "slave") secondary[$1]; next }
    $1 in secondary { found = 1 } END { exit !found }' "$T/base/zones" "$T/lost-zones"
}

# cpu_ticks UNIT: what named has spent of the processor so far, in hundredths of a second (proc(5), utime and stime)
cpu_ticks() {
  _stat=
  { read -r _stat <"/proc/$(named_pid "$1")/stat"; } 2>/dev/null
  printf '%s\n' "${_stat##*) }" | awk '{ print $12 + $13 }'
}

up_seconds() {
  read -r _up _ </proc/uptime
  printf '%s\n' "${_up%%.*}"
}
