# What has to hold before a transaction may commit

# started CHECK UNIT...: a start of Type=simple is over before the process has become named, as on Debian 11
started() {
  "$@" && return 0
  [ "$(systemctl show -p Type --value -- "$2")" != notify ] || return 1
  _until=$(($(date +%s) + 10))
  until "$@"; do
    [ "$(date +%s)" -lt "$_until" ] || return 1
    sleep 0.2
  done
}

# expect UNIT PROFILE MODE
attested() {
  started labelled "$@"
}

# has UNIT TRAIT
has_trait() {
  started carries "$@"
}

carries() {
  _pid=$(named_pid "$1")
  [ "${_pid:-0}" -gt 0 ] || fail "$1 does not run" || return 1
  case $2 in
    filter) _field=Seccomp _want=2 ;;
    no-new-privileges) _field=NoNewPrivs _want=1 ;;
    user-bind) _field=Uid _want=$(id -u bind) ;;
  esac
  _is=$(sed -n "s/^$_field:[[:space:]]*\([0-9]*\).*/\1/p" "/proc/$_pid/status" 2>/dev/null)
  [ "$_is" = "$_want" ] || fail "named of $1 runs without what was declared: $_field is ${_is:-unknown}, and has to be $_want"
}

labelled() {
  _pid=$(named_pid "$1")
  [ "${_pid:-0}" -gt 0 ] || fail "$1 does not run" || return 1
  _is=$(label_of "$_pid")
  [ "$_is" = "$2 ($3)" ] && return 0
  case $_is in "$2//&"*" ($3)" | *"//&$2 ($3)") return 0 ;; esac
  fail "$1 runs as \"$_is\", not as \"$2 ($3)\""
}

# inside UNIT PROGRAM: named runs below a process of the program
runs_inside() {
  started runs_below "$@"
}

runs_below() {
  _at=$(named_pid "$1")
  while [ "${_at:-0}" -gt 1 ]; do
    case $(readlink "/proc/$_at/exe") in */"$2") return 0 ;; esac
    _at=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$_at/status" 2>/dev/null)
  done
  fail "named of $1 does not run in $2"
}

watched() {
  if healthy "$1"; then
    _new=$(new_denials)
    [ -z "$_new" ] || fail "DNS answers, but the security module denies what it did not deny before: $_new"
  else
    _new=$(new_denials)
    [ -z "$_new" ] || printf '%s (denied: %s)\n' "$(cat "$T/why")" "$_new" >"$T/why"
    return 1
  fi
}

# new_denials: the first few of the profiles at hand that the audit trail had not held before
new_denials() {
  [ -e "$T/denied-before" ] || return 0
  denials_since >"$T/denied-now"
  comm -13 "$T/denied-before" "$T/denied-now" | grep -E "^($(meta profiles)) " | head -n 3 | tr '\n' ';' | sed 's/;$//; s/;/; /g'
}
