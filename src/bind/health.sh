# What DNS answers say. Everything is compared with a baseline that was taken under the lock, before any
# change: is-active says active for a named that has lost its zones or its sockets.

# main_pid UNIT
main_pid() {
  systemctl show -p MainPID --value -- "$1" 2>/dev/null
}

# named_pid UNIT: the process that is named, which is not the main one where another program started it
named_pid() {
  _main=$(main_pid "$1")
  case $(readlink "/proc/${_main:-0}/exe") in
    */firejail*) ;;
    *) echo "${_main:-0}" && return ;;
  esac
  _group=$(systemctl show -p ControlGroup --value -- "$1")
  for _procs in "/sys/fs/cgroup$_group/cgroup.procs" "/sys/fs/cgroup/systemd$_group/cgroup.procs"; do
    [ -r "$_procs" ] || continue
    while IFS= read -r _one; do
      case $(readlink "/proc/$_one/exe") in */named | */named' (deleted)') echo "$_one" && return ;; esac
    done <"$_procs"
  done
  echo 0
}

# label_of PID
label_of() {
  _label=
  { IFS= read -r _label <"/proc/$1/attr/current"; } 2>/dev/null
  printf '%s\n' "$_label"
}

# listeners PID: "udp 127.0.0.1:53" and so on, each once
listeners() {
  ss -Hlntup 2>/dev/null | awk -v pid="pid=$1," 'index($0, pid) { print $1, $5 }' | sort -u
}

# dns_server LISTENERS: an address that can be asked, 127.0.0.1 if it is among them
dns_server() {
  awk '$1 == "udp" && $2 ~ /:53$/ {
    sub(/:53$/, "", $2); sub(/%.*$/, "", $2); gsub(/[][]/, "", $2)
    if ($2 == "127.0.0.1" || $2 == "0.0.0.0") best = "127.0.0.1"
    else if (first == "" && $2 !~ /^fe80/) first = ($2 == "*" || $2 == "::") ? "::1" : $2
  } END { print best != "" ? best : first }' "$1"
}

# zones_of UNIT PID: "ZONE TYPE" of what named is to load, from its own reading of the configuration that it was started with
zones_of() {
  start_of "$1" "$2" && zones_started
}

# zones_started: the same of the start that start_of has found
zones_started() {
  checkconf -l 2>/dev/null | awk '
    $2 == "IN" && ($4 == "primary" || $4 == "master" || $4 == "secondary" || $4 == "slave") { print $1, $4 }' | sort -u
}

# soa SERVER ZONES: "ZONE SERIAL" for each zone that answers with authority
soa() {
  [ -s "$2" ] || return 0
  awk -v server="$1" '{ print "@" server, $1, "SOA", "+norec", "+time=2", "+tries=1" }' "$2" >"$T/dig"
  dig +noall +comments +question +answer -f "$T/dig" 2>/dev/null | awk '
    /->>HEADER<<-/ { ok = ($0 ~ /status: NOERROR/) }
    /^;; flags:/ { aa = ($0 ~ /[: ]aa[ ;]/) }
    ok && aa && $4 == "SOA" { sub(/\.$/, "", $1); print ($1 == "" ? "." : $1), $7 }' | sort -u
}

# resolves SERVER: whether a recursive question is answered
resolves() {
  dig "@$1" . NS +time=3 +tries=1 +noall +comments 2>/dev/null |
    awk '/status: NOERROR/ { ok = 1 } /^;; flags:/ { ra = ($0 ~ / ra[ ;]/) } END { exit !(ok && ra) }'
}

# denials_mark: remembers where the audit trail ends now
denials_mark() {
  if [ -r /var/log/audit/audit.log ] && [ -s /run/auditd.pid ]; then
    stat -c '%i %s' /var/log/audit/audit.log >"$T/audit-mark"
  else
    journalctl -q -n 0 --show-cursor 2>/dev/null | sed -n 's/^-- cursor: //p' >"$T/journal-mark"
  fi
}

# trail_since: what the audit trail holds behind the mark, in the log that has it and in those after it
trail_since() {
  if [ -s "$T/audit-mark" ]; then
    read -r _inode _size <"$T/audit-mark"
    set -- /var/log/audit/audit.log
    _older=1
    until [ "$(stat -c %i "$1")" = "$_inode" ] || [ ! -r "/var/log/audit/audit.log.$_older" ]; do
      set -- "/var/log/audit/audit.log.$_older" "$@"
      _older=$((_older + 1))
    done
    # One that is no longer there was older than all of these.
    [ "$(stat -c %i "$1")" = "$_inode" ] && [ "$(stat -c %s "$1")" -ge "$_size" ] || _size=0
    tail -c "+$((_size + 1))" "$1"
    shift
    [ $# -eq 0 ] || cat "$@"
  elif [ -s "$T/journal-mark" ]; then
    journalctl -q -o cat --after-cursor="$(cat "$T/journal-mark")" _TRANSPORT=audit + _TRANSPORT=kernel
  fi 2>/dev/null
}

# denials_since: "PROFILE OPERATION OBJECT" of what was denied or killed behind the mark, each once
denials_since() {
  trail_since | denied_events
}

# denied_before: the same for all that the trail holds
denied_before() {
  if [ -s "$T/audit-mark" ]; then cat /var/log/audit/audit.log.1 /var/log/audit/audit.log; else journalctl -q -o cat -b _TRANSPORT=audit + _TRANSPORT=kernel; fi \
    2>/dev/null | denied_events
}

denied_events() {
  # A file has a name; a capability, a socket or a process has another word for what it is.
  # A process of another number did the same.
  grep -E 'apparmor="(DENIED|KILLED)"' | sed -nE '
    s,"/proc/[0-9]+/,"/proc/@{pid}/,; t said
    :said
    s/.*operation="([^"]*)".*profile="([^"]*)".* name=("[^"]*"|[0-9A-F]+).*/\2 \1 \3/p; t
    s/.*operation="([^"]*)".*profile="([^"]*)".* (capname|family|peer)=("[^"]*").*/\2 \1 \4/p' | sort -u
}

# baseline UNIT: what answers now, into $T/base/; the caller waits for what is still being asked
baseline() {
  mkdir -p "$T/base"
  _pid=$(named_pid "$1")
  systemctl is-active -- "$1" >"$T/base/active" 2>/dev/null
  [ "${_pid:-0}" -gt 0 ] || { true >"$T/base/listeners"; true >"$T/base/soa"; return 0; }
  label_of "$_pid" >"$T/base/label"
  systemctl show -p InvocationID --value -- "$1" >"$T/base/invocation"
  listeners "$_pid" >"$T/base/listeners"
  zones_of "$1" "$_pid" >"$T/base/zones" || printf '%s\n' "$_lack" >"$T/base/unread"
  dns_server "$T/base/listeners" >"$T/base/server"
  _server=$(cat "$T/base/server")
  if [ -n "$_server" ]; then
    # A server without a way to the root takes seconds to say so.
    (resolves "$_server" && true >"$T/base/resolves") &
    soa "$_server" "$T/base/zones" >"$T/base/soa"
  else
    true >"$T/base/soa"
  fi
}

# healthy_now UNIT: one look; the reason goes to $T/why
healthy_now() {
  _pid=$(named_pid "$1")
  if [ "${_pid:-0}" -eq 0 ]; then
    echo "$1 does not run: $(systemctl show -p Result --value -- "$1")" >"$T/why"
    return 1
  fi
  listeners "$_pid" >"$T/now-listeners"
  _lost=$(comm -23 "$T/base/listeners" "$T/now-listeners" | grep -v ':953$' | head -n 3 | tr '\n' ';')
  if [ -n "$_lost" ]; then
    echo "named no longer listens on ${_lost%;}" >"$T/why"
    return 1
  fi
  _server=$(cat "$T/base/server" 2>/dev/null)
  if [ -s "$T/base/soa" ]; then
    awk '{ print $1 }' "$T/base/soa" >"$T/asked"
    soa "$_server" "$T/asked" >"$T/now-soa"
    # RFC 1982: a serial may go forward by less than 2^31, around the end of its range too.
    awk 'NR == FNR { now[$1] = $2; next }
      !($1 in now) { print $1 " no longer answers"; next }
      { d = now[$1] - $2; if (d < 0) d += 4294967296; if (d >= 2147483648) print $1 " went back from serial " $2 " to " now[$1] }' \
      "$T/now-soa" "$T/base/soa" >"$T/lost-zones"
    if [ -s "$T/lost-zones" ]; then
      echo "zone $(head -n 3 "$T/lost-zones" | tr '\n' ';' | sed 's/;$//; s/;/; zone /g')" >"$T/why"
      return 1
    fi
  fi
  if [ -e "$T/base/resolves" ] && ! resolves "$_server"; then
    echo 'named no longer resolves: a recursive question for the root is not answered' >"$T/why"
    return 1
  fi
  return 0
}

# record_start UNIT: what was proven, for the next run to compare with
record_start() {
  _show=$(systemctl show -p Id,FragmentPath,DropInPaths,EnvironmentFiles,InvocationID,MainPID -- "$1")
  _id=$(printf '%s\n' "$_show" | sed -n 's/^Id=//p')
  _invocation=$(printf '%s\n' "$_show" | sed -n 's/^InvocationID=//p')
  [ -n "$_invocation" ] || return 0
  _label=$(label_of "$(printf '%s\n' "$_show" | sed -n 's/^MainPID=//p')")
  _policy=
  for _dir in /sys/kernel/security/apparmor/policy/profiles/*/; do
    { IFS= read -r _name <"${_dir}name"; } 2>/dev/null || continue
    [ "$_name" = "${_label%% *}" ] && { IFS= read -r _policy <"${_dir}sha256" || IFS= read -r _policy <"${_dir}sha1"; } 2>/dev/null
  done
  unit_parts "$_show"
  # shellcheck disable=SC2086 # paths of a unit are split on purpose: systemd separates them by spaces
  _hash=$(cat -- $_parts 2>/dev/null | sha256sum)
  mkdir -p /var/lib/confine/units
  printf '1\t%s\t%s\t%s\n' "$_invocation" "${_hash%% *}" "$_policy" >"/var/lib/confine/units/.$_id"
  sync "/var/lib/confine/units/.$_id"
  mv -f -- "/var/lib/confine/units/.$_id" "/var/lib/confine/units/$_id"
}
