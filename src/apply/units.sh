# Units: unit UNIT HASH NEED-DAEMON-RELOAD (as observed), verify UNIT, daemon-reload -, enabled UNIT FROM TO, run UNIT restart|start|stop|reload

# By its hash, which observation makes in the same way; what systemd has not read yet it would read with our reload.
unit_unchanged() {
  _show=$(systemctl show -p FragmentPath,DropInPaths,EnvironmentFiles,NeedDaemonReload -- "$1")
  unit_parts "$_show"
  # shellcheck disable=SC2086 # paths of a unit are split on purpose: systemd separates them by spaces
  _hash=$(cat -- $_parts 2>/dev/null | sha256sum)
  case "${_hash%% *} $_show" in "$2 "*"NeedDaemonReload=$3"*) ;; *) fail "$1 has changed since it was observed" ;; esac
}

# systemd-analyze verify exits 0 on unknown keys, so what counts is whether it names a staged file.
unit_verifies() {
  SYSTEMD_UNIT_PATH="$T/units:" systemd-analyze verify --man=no -- "$1" >/dev/null 2>"$T/verify" </dev/null
  _said=$(grep -F "$T/units/" "$T/verify" | grep -vE 'is marked (executable|world-writable)' | sed "s#$T/units#/etc/systemd/system#g" | head -n 3 | tr '\n' ' ')
  [ -z "$_said" ] || fail "systemd does not take the drop-in: $_said"
}

stage_unit_node() {
  case $2 in /etc/systemd/system/*) ;; *) return 0 ;; esac
  _to="$T/units/${2#/etc/systemd/system/}"
  mkdir -p "${_to%/*}"
  [ "$3" != file ] || { cp -- "$T/new/$1" "$_to" && chmod 0644 "$_to"; }
}

unit_enable() {
  progress "$3" "$1"
  _said=$(systemctl --quiet "$3" -- "$1" 2>&1) || fail "systemctl $3 $1 failed: $_said"
}

# unit_links UNIT: "PATH TARGET" of the links that enable it, those of its init script too, which systemctl keeps in step
unit_links() {
  find /etc/systemd/system /etc/rc?.d -type l '(' -name "$1" -o -lname "*/$1" -o -lname "*/init.d/${1%.service}" ')' \
    -printf '%p\t%l\n' 2>/dev/null | sort
}

links_journal() {
  unit_links "$1" >"$T/old/links-$1" && sync "$T/old/links-$1"
}

# Disabling takes links with it that enabling does not make, as those of systemctl add-wants.
links_back() {
  unit_links "$1" | comm -23 - "$T/old/links-$1" | while IFS=$TAB read -r _link _; do
    # What somebody has added to systemd's since is theirs.
    case $_link in /etc/rc*) rm -f -- "$_link" ;; esac
  done
  while IFS=$TAB read -r _link _target; do
    [ "$(readlink -- "$_link")" != "$_target" ] || continue
    mkdir -p -- "${_link%/*}" && ln -sfn -- "$_target" "$_link" && sync "${_link%/*}"
  done <"$T/old/links-$1"
  return 0
}

unit_enable_back() {
  case $2 in
    enabled) systemctl --quiet enable -- "$1" ;;
    disabled) systemctl --quiet disable -- "$1" ;;
    *) [ "$(systemctl is-enabled -- "$1")" = "$2" ] || systemctl --quiet disable -- "$1" ;;
  esac 2>/dev/null
  links_back "$1"
}

# enabled_is_back UNIT FROM
enabled_is_back() {
  _is=$(systemctl is-enabled -- "$1" 2>/dev/null)
  # What was enabled until the next boot is not behind it.
  case ${booting:-no}:$2 in yes:*-runtime) ;; *) [ "$_is" = "$2" ] || fail "$1 is ${_is:-unknown}, and was $2" || return 1 ;; esac
  _lost=$(unit_links "$1" | comm -13 - "$T/old/links-$1" | head -n 1)
  [ -z "$_lost" ] || fail "${_lost%%"$TAB"*} could not be put back"
}

# A reload that failed leaves systemd with the unit of before the undo.
unit_is_back() {
  [ "$(systemctl show -p NeedDaemonReload --value -- "$1" 2>/dev/null)" != yes ] || fail "systemd has not read $1 again"
}

# At boot, what was enabled is not on its way yet, and what was not is.
unit_enable_at_boot() {
  [ "$(systemctl is-enabled -- "$1" 2>/dev/null)" != "$2" ] || { links_back "$1"; return; }
  unit_enable_back "$1" "$2"
  case $2 in
    enabled) systemctl --no-block start -- "$1" ;;
    disabled) systemctl --no-block stop -- "$1" ;;
  esac
  return 0
}

unit_run() {
  progress "$2" "$1"
  true >"$T/ran"
  systemctl reset-failed -- "$1" 2>/dev/null
  _said=$(timeout "$load_limit" systemctl "$2" -- "$1" 2>&1) && return 0
  printf 'systemctl %s %s: %s\n' "$2" "$1" "$(printf '%s\n' "$_said" | head -n 1)" >"$T/why"
  keep_log "$1"
  return 1
}

# What a unit said last, for the person who reads why it was undone
keep_log() {
  journalctl -q -u "$1" -n 20 --no-pager -o cat >"$T/log" 2>/dev/null
  return 0
}

unit_run_back() {
  systemctl reset-failed -- "$1" 2>/dev/null
  if [ "$2" = start ] && [ "$(cat "$T/base/active" 2>/dev/null)" != active ]; then
    systemctl stop -- "$1"
    # A start that was on its way may have failed until then.
    systemctl reset-failed -- "$1"
  elif [ "$2" = reload ]; then
    systemctl try-reload-or-restart -- "$1"
  else
    timeout "$load_limit" systemctl restart -- "$1"
  fi >/dev/null 2>&1
  return 0
}

# backlog FROM TO: how many audit records may wait in the kernel

backlog_set() {
  _said=$(auditctl -b "$2" 2>&1) || fail "auditctl -b $2 failed: $(printf '%s\n' "$_said" | head -n 1)"
}

backlog_back() {
  auditctl -b "$1" >/dev/null 2>&1
  return 0
}

backlog_is_back() {
  _is=$(auditctl -s 2>/dev/null | sed -n 's/^backlog_limit //p')
  [ "$_is" = "$1" ] || fail "the backlog of audit records is ${_is:-unknown}, and was $1"
}
