aa=/sys/kernel/security/apparmor

observe_apparmor() {
  _enabled=
  { IFS= read -r _enabled </sys/module/apparmor/parameters/enabled; } 2>/dev/null
  frame apparmor state
  if [ "$_enabled" != Y ]; then
    echo disabled
  elif [ ! -d "$aa" ]; then
    echo no-securityfs
  elif ! command : 2>/dev/null <"$aa/profiles"; then
    echo no-permission
  else
    echo enabled
    frame apparmor profiles
    for _dir in "$aa"/policy/profiles/*/; do
      _name='' _mode='' _sha='' _raw=''
      {
        IFS= read -r _name <"${_dir}name"
        IFS= read -r _mode <"${_dir}mode"
        # Kernels from 6.8 on hash with SHA-256.
        IFS= read -r _sha <"${_dir}sha256" || IFS= read -r _sha <"${_dir}sha1"
        IFS= read -r _raw <"${_dir}raw_sha256" || IFS= read -r _raw <"${_dir}raw_sha1"
      } 2>/dev/null
      printf '%s\t%s\t%s\t%s\n' "$_name" "$_mode" "$_sha" "$_raw"
    done
    # The kernel does not tell what a plain path attaches to (its "attach" says <unknown>); the files do.
    frame apparmor headers
    grep -hsE '^[[:space:]]*(profile[[:space:]]|"?/).*[{]' /etc/apparmor.d/*
  fi
}

# processes_of KEY NAME BINARY: who runs under the profile, or runs its binary without it
processes_of() {
  frame "$1" processes
  for _proc in /proc/[0-9]*; do
    _label=
    { IFS= read -r _label <"$_proc/attr/current"; } 2>/dev/null
    case $_label in
      "$2" | "$2 "* | "$2//"*) ;;
      *) [ -n "$3" ] && [ "$_proc/exe" -ef "$3" ] || continue ;;
    esac
    _unit=
    while IFS= read -r _line; do
      case $_line in *:name=systemd:* | 0::*) _unit=${_line##*/} ;; esac
    done 2>/dev/null <"$_proc/cgroup"
    printf '%s\t%s\t%s\n' "${_proc#/proc/}" "$_label" "$_unit"
  done
}

# parse_profile OPTION...: of $_file. The parser leaves out a file that is disabled, but not its bytes on stdin.
parse_profile() {
  if [ -e "/etc/apparmor.d/disable/$_base" ]; then
    apparmor_parser "$@" <"$_file"
  else
    apparmor_parser "$@" -- "$_file"
  fi
}

# observe_profile KEY ERE: the file that defines a profile, and all that bears on it.
# ERE matches the line that opens the profile.
observe_profile() {
  if [ ! -d /etc/apparmor.d ]; then
    frame "$1" no-folder
    return
  fi
  _found=$(grep -HsE -- "$2" /etc/apparmor.d/*)
  frame "$1" files
  printf '%s\n' "$_found"
  _head=${_found%%"$NL"*}
  _file=${_head%%:*}
  [ -n "$_file" ] || return 0
  _base=${_file##*/}
  observe_file "$1/file" "$_file"
  observe_file "$1/local" "/etc/apparmor.d/local/$_base"
  observe_file "$1/force-complain" "/etc/apparmor.d/force-complain/$_base"
  observe_file "$1/disable" "/etc/apparmor.d/disable/$_base"
  # "profile NAME BINARY flags=(…) {", or only "BINARY {"; a name or a binary may stand in quotes.
  _head=${_head#*:}
  _head=${_head%[\{]*}
  _ifs=$IFS
  IFS=" $TAB\""
  set -f
  # shellcheck disable=SC2086 # the words are what is wanted
  set -- "$1" ${_head%%flags=*}
  set +f
  IFS=$_ifs
  [ "${2:-}" != profile ] || { _key=$1 && shift 2 && set -- "$_key" "$@"; }
  processes_of "$1" "${2:-}" "${3:-${2:-}}"
  if command -v apparmor_parser >/dev/null 2>&1; then
    # _raw is that of whichever profile came last: its length tells the kernel's algorithm.
    case ${#_raw} in 64) _sum=sha256sum ;; *) _sum=sha1sum ;; esac
    # Both at once; each writes whole lines.
    frame "$1" parsed
    parse_profile -S -K 2>/dev/null | "$_sum" &
    parse_profile -p 2>&1 | grep --line-buffered -E '^(##included |AppArmor parser error|.*[Cc]ould not )'
    wait
  else
    frame "$1" no-parser
  fi
}
