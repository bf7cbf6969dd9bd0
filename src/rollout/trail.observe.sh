# observe_trail_since KEY TIME: what AppArmor recorded from then on, the newest 500, and how much there was
observe_trail_since() {
  frame "$1" trail
  if [ -s /var/log/audit/audit.log ]; then
    # shellcheck disable=SC2046 # their names hold no spaces
    cat -- $(ls -1tr /var/log/audit/audit.log /var/log/audit/audit.log.[0-9] 2>/dev/null)
  else
    journalctl -q --no-pager -o cat _TRANSPORT=kernel + _TRANSPORT=audit 2>/dev/null
  fi | awk -v since="$2" '
    match($0, /audit\([0-9]+\.[0-9]+:/) {
      at = substr($0, RSTART + 6, RLENGTH - 7) + 0
      if (first == "") first = at
      if (at >= since && /apparmor="(DENIED|KILLED|ALLOWED)"/) ring[count++ % 500] = $0
    }
    /callbacks suppressed|audit_lost=/ { lost++ }
    END {
      print "first " first
      print "lost " lost + 0
      print "count " count + 0
      for (i = count > 500 ? count - 500 : 0; i < count; i++) print ring[i % 500]
    }'
}
