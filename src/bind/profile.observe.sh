# Which profile counts for the named that decide_named_unit has found.

# decide_named_profile [UNIT PROFILE]...: the one that is given for its unit, or that named runs under, or that attaches
# to its binary; in named_profile, with what finds its file in named_header
named_profile='' named_header=''
decide_named_profile() {
  _label=
  while [ $# -gt 1 ]; do
    [ "$1" != "$named_unit" ] || named_profile=$2
    shift 2
  done
  if [ -z "$named_profile" ] && [ -n "$named_pid" ]; then
    { IFS= read -r _label <"/proc/$named_pid/attr/current"; } 2>/dev/null
    _label=${_label%% \(*}
    named_profile=${_label%%//*}
    [ "$named_profile" != unconfined ] || named_profile=
  fi
  if [ -z "$named_profile" ] && [ -n "$named_unit" ] && start_of "$named_unit" "$named_pid"; then
    case $_exe in /usr/sbin/named) named_profile=named ;; *) named_profile=$_exe ;; esac
  fi
  [ -z "$named_profile" ] || named_header=$(header_of "$named_profile")
}

# header_of NAME: an ERE as headerPattern has it
header_of() {
  _opens="\"?$(printf '%s\n' "$1" | sed 's/[].[{}()*+?^$|\\]/\\&/g')\"?([[:space:]]|\\{|\$)"
  printf '%s' "^[[:space:]]*profile[[:space:]]+$_opens"
  case $1 in /*) printf '%s' "|^[[:space:]]*(profile[[:space:]]+[^[:space:]]+[[:space:]]+)?$_opens" ;; esac
}

# observe_named_profile KEY
observe_named_profile() {
  frame "$1" name
  printf '%s\n' "$named_profile"
  [ -z "$named_header" ] || observe_profile "$1" "$named_header"
}
