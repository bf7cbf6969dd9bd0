# unit_parts SHOW: the files that make up a unit, in the order that its hash takes them
unit_parts() {
  _fragment='' _dropins='' _environment=''
  while IFS= read -r _line; do
    case $_line in
      FragmentPath=*) _fragment=${_line#*=} ;;
      DropInPaths=*) _dropins=${_line#*=} ;;
      EnvironmentFiles=*)
        _line=${_line#*=}
        _environment="$_environment ${_line%% *}"
        ;;
    esac
  done <<EOF
$1
EOF
  printf '%s\n' "$_fragment $_dropins $_environment"
}

# observe_unit KEY UNIT
observe_unit() {
  if [ ! -d /run/systemd/system ]; then
    frame "$1" unknown
    echo 'systemd does not run on this host'
    return
  fi
  _show=$(systemctl show -p Id,Names,LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,Type,User,Result,NRestarts -p FragmentPath,DropInPaths,EnvironmentFiles,MainPID,InvocationID,ExecMainStartTimestampMonotonic -- "$2" 2>&1) || {
    frame "$1" unknown
    printf '%s\n' "$_show"
    return
  }
  frame "$1" show
  printf '%s\n' "$_show"
  _id='' _pid=0
  while IFS= read -r _line; do
    case $_line in
      Id=*) _id=${_line#*=} ;;
      MainPID=*) _pid=${_line#*=} ;;
    esac
  done <<EOF
$_show
EOF
  _unit_asked=$2 _unit_id=$_id
  _parts=$(unit_parts "$_show")
  set -f
  for _part in $_parts; do
    [ -r "$_part" ] || continue
    frame "$1" "part $_part"
    cat -- "$_part"
  done
  frame "$1" changed
  # shellcheck disable=SC2086 # paths of a unit are split on purpose: systemd separates them by spaces
  [ -z "${_parts# }" ] || stat -c '%Z' -- $_parts 2>/dev/null
  set +f
  frame "$1" clock
  [ -n "${_clock:-}" ] || _clock=$(date +%s && lines /proc/uptime)
  printf '%s\n' "$_clock"
  if [ "${_pid:-0}" -gt 0 ]; then
    frame "$1" process
    grep -E '^(Uid|PPid|NoNewPrivs|Seccomp|CapBnd|CapEff):' "/proc/$_pid/status" 2>/dev/null
    printf 'Exe:\t%s\n' "$(readlink "/proc/$_pid/exe" 2>/dev/null)"
    _label=
    { IFS= read -r _label <"/proc/$_pid/attr/current"; } 2>/dev/null
    printf 'Label:\t%s\n' "$_label"
  fi
  frame "$1" record
  [ ! -r "/var/lib/confine/units/$_id" ] || lines "/var/lib/confine/units/$_id"
}

# observe_dropin KEY UNIT NAME: a drop-in of the real unit behind a name, which may be an alias
observe_dropin() {
  if [ ! -d /run/systemd/system ]; then
    frame "$1" unknown
    echo 'systemd does not run on this host'
    return
  fi
  [ "${_unit_asked:-}" = "$2" ] || _unit_id=$(systemctl show -p Id --value -- "$2")
  frame "$1" path
  printf '%s\n' "/etc/systemd/system/$_unit_id.d/$3.conf"
  observe_file "$1" "/etc/systemd/system/$_unit_id.d/$3.conf"
}
