# trail_records STAMP LINE SINCE LIMIT: of the lines on stdin, those that hold a record and lie behind the cursor: that
# is the LINEth line with that stamp. By their place and not by their time, since a clock can be set back. Where the
# cursor's line is not there, or none is asked for ("-"), the time decides. Of a flood the newest LIMIT are kept.
trail_records() {
  awk -v stamp="$1" -v line="$2" -v since="$3" -v limit="$4" '
    function of(text) { return match(text, /audit\([0-9.]+:[0-9]+\)/) ? substr(text, RSTART + 6, RLENGTH - 7) : "" }
    {
      it = of($0)
      if (it != "") {
        if (it == last) nth++
        else { last = it; nth = 1 }
        at = it + 0
      } else if (match($0, /^[0-9]+\.[0-9]+ /)) at = $1 + 0
      else next
      if (first == "") first = sprintf("%.3f", at)
      if (it != "" && it == stamp && nth == line) { found = 1; kept = 0; next }
    }
    /apparmor="?[A-Z]|type=SECCOMP|audit\[[0-9]+\]: SECCOMP|type=1326|type=APPARMOR|type=15[0-9][0-9] |avc: +denied/ {
      if (found || at >= since) ring[kept++ % limit] = $0
    }
    END {
      print "first " first
      print "found " found + 0
      print "last " last " " nth + 0
      print "kept " kept + 0
      for (i = kept > limit ? kept - limit : 0; i < kept; i++) print ring[i % limit]
    }'
}

# trail_logs PATTERN...: the logs that there are, the oldest first; rotated ones are older, and compressed ones oldest
trail_logs() {
  # shellcheck disable=SC2068 # patterns are meant
  ls -1tr -- $@ 2>/dev/null
}

trail_read() {
  while IFS= read -r _log; do
    case $_log in
    *.gz) zcat -- "$_log" ;;
    *) cat -- "$_log" ;;
    esac 2>/dev/null
  done
}

# trail_journal SINCE MATCH...: of all boots, as audit records and the kernel's messages have their time
trail_journal() {
  _since=$1
  shift
  journalctl -q --no-pager -o short-unix ${_since:+--since "@$_since"} "$@" 2>/dev/null
}

# trail_begin: the time of the oldest entry, so that what is left out by a time is not taken for what is gone
trail_begin() {
  trail_journal '' _TRANSPORT=kernel + _TRANSPORT=audit | sed -n '1 {
    s/ .*/ /p
    q
  }'
}

# trail_from KIND PATTERNS STAMP LINE SINCE LIMIT: from files; again where one was rotated meanwhile, up to three times
trail_from() {
  _logs=$(trail_logs "$2")
  [ -n "$_logs" ] || return 1
  for _try in 1 2 3; do
    # shellcheck disable=SC2086 # a list, whose names hold no spaces
    _inodes=$(ls -1i -- $_logs 2>/dev/null)
    _said=$(printf '%s\n' "$_logs" | trail_read | trail_records "$3" "$4" "$5" "$6")
    _logs=$(trail_logs "$2")
    # shellcheck disable=SC2086
    [ "$_inodes" != "$(ls -1i -- $_logs 2>/dev/null)" ] || break
  done
  case $_said in 'first '[0-9]*) printf 'from %s\n%s\n' "$1" "$_said" ;; *) return 1 ;; esac
}

# observe_audit KEY STAMP LINE SINCE LIMIT: from auditd's log, else from the journal, else from syslog's; that records were
# lost only the kernel's messages tell. STAMP is "-" where there is no cursor.
observe_audit() {
  frame "$1" clock
  date +%s
  lines /proc/sys/kernel/random/boot_id
  _file=$(sed -n 's/^[[:space:]]*log_file[[:space:]]*=[[:space:]]*//p' /etc/audit/auditd.conf 2>/dev/null)
  _file=${_file:-/var/log/audit/audit.log}
  frame "$1" trail
  if [ -e "$_file" ] && ! [ -r "$_file" ]; then
    printf 'unreadable %s\n' "$_file"
  elif ! trail_from auditd "$_file $_file.[0-9]*" "$2" "$3" "$4" "$5"; then
    # By its place, and so not from a time on, where there is a cursor.
    [ "$2" = - ] && _from=$4 || _from=
    _said=$({
      trail_begin
      trail_journal "$_from" _TRANSPORT=kernel + _TRANSPORT=audit
    } | trail_records "$2" "$3" "$4" "$5")
    case $_said in
    'first '[0-9]*) printf 'from journal\n%s\n' "$_said" ;;
    *) trail_from syslog '/var/log/kern.log /var/log/kern.log.[0-9]* /var/log/syslog /var/log/syslog.[0-9]*' "$2" "$3" "$4" "$5" ;;
    esac
  fi
  frame "$1" losses
  trail_journal "$4" _TRANSPORT=kernel | grep -E 'printk_skb: [0-9]+ callbacks suppressed|audit_lost=' | tail -n 1000
}
