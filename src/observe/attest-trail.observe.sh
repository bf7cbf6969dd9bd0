# evidence [FILE...]: of denials, and of deaths and losses, the newest 300 each, and how many there were; so that
# a flood of the one does not hide the other, nor fill the trip
evidence() {
  awk '
    function keep(kind) { ring[kind, count[kind]++ % 300] = $0 }
    function show(kind,    i) {
      for (i = count[kind] > 300 ? count[kind] - 300 : 0; i < count[kind]; i++) print ring[kind, i % 300]
      print "total " kind " " count[kind] + 0
    }
    NR == 1 { print "first " $0 }
    /apparmor="(DENIED|KILLED)"/ { keep("denials"); next }
    /(SECCOMP|type=1326) .*sig=31 |: Main process exited, |kauditd_printk_skb: [0-9]+ callbacks suppressed/ { keep("others") }
    END { show("denials"); show("others") }' "$@" 2>/dev/null
}

# observe_trail KEY UNIT: the state of the kernel's audit, and what its records and systemd's of this boot tell
observe_trail() {
  frame "$1" audit
  ! command -v auditctl >/dev/null 2>&1 || auditctl -s 2>&1
  _logs=
  for _log in /var/log/audit/audit.log /var/log/audit/audit.log.[0-9]*; do
    case $_log in *.gz) continue ;; esac
    [ ! -r "$_log" ] || _logs="$_log $_logs"
  done
  if [ -n "$_logs" ]; then
    frame "$1" log
    # shellcheck disable=SC2086 # the oldest first; their names hold no spaces
    evidence $_logs
  fi
  if [ -z "$2" ]; then
    frame "$1" undecided
    printf '%s\n' "$_undecided"
  fi
  _id=$2
  if show_unit "$2"; then
    property Id
    _id=$_value
  fi
  if command -v journalctl >/dev/null 2>&1; then
    frame "$1" journal
    journalctl -q -b --no-pager -o short-unix _TRANSPORT=kernel + _TRANSPORT=audit + _PID=1 "UNIT=$_id" 2>/dev/null | evidence
  fi
}
