# unit_parts SHOW: the files that make up a unit, in the order that its hash takes them, in _parts
unit_parts() {
  _fragment='' _dropins='' _environment='' _ifs=$IFS
  set -f
  IFS='
'
  for _line in $1; do
    case $_line in
      FragmentPath=*) _fragment=${_line#*=} ;;
      DropInPaths=*) _dropins=${_line#*=} ;;
      EnvironmentFiles=*)
        _line=${_line#*=}
        _environment="$_environment ${_line%% *}"
        ;;
    esac
  done
  IFS=$_ifs
  set +f
  _parts="$_fragment $_dropins $_environment"
}

# ask_unit UNIT: gathers units, so that systemd is asked once
_units=
ask_unit() {
  case " $_units " in *" $1 "*) ;; *) _units="$_units $1" ;; esac
}

# property NAME: of the unit in _show
property() {
  _value=${_show#*"$NL$1="}
  _value=${_value%%"$NL"*}
}

# systemd_show UNIT...: what a unit is, by systemd's words; for $(...), whose process it becomes
systemd_show() {
  exec systemctl show -p Id,Names,LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,ExecStart,Type,User,Result,NRestarts -p FragmentPath,DropInPaths,EnvironmentFiles,MainPID,InvocationID,ExecMainStartTimestampMonotonic,ControlGroup,TasksCurrent,TasksMax,MemoryCurrent -- "$@" 2>&1
}

# An alias is a link that systemctl disable removes: what is left of it is the Alias= of the unit's own file.
aliased() {
  _file=$(grep -lsE "^Alias=(.*[[:space:]])?$1([[:space:]]|\$)" /etc/systemd/system/*.* /usr/lib/systemd/system/*.* /lib/systemd/system/*.*)
  _file=${_file%%"$NL"*}
  [ -n "$_file" ] && _show=$(systemd_show "${_file##*/}")
}

# show_unit UNIT: what systemd says of one of the gathered units, in _show; false where it says nothing
_shown=
show_unit() {
  [ -n "$1" ] || return 1
  if [ -z "$_shown" ]; then
    [ -d /run/systemd/system ] || _refused='systemd does not run on this host'
    # shellcheck disable=SC2086 # names of units hold no spaces
    [ -n "${_refused:-}" ] || _shown=$(systemd_show $_units) || _refused=$_shown
  fi
  [ -z "${_refused:-}" ] || return 1
  # The units come in the order in which they were asked for, with a blank line between them.
  _show=$_shown
  for _name in $_units; do
    [ "$_name" != "$1" ] || break
    _show=${_show#*"$NL$NL"}
  done
  _show=${_show%%"$NL$NL"*}
  case $_show in *LoadState=not-found*) aliased "$1" ;; esac
  _show=$NL$_show$NL
}

# systemd_version: the number of the host's systemd, in _version. The library that its programs share has it in its
# name, which costs no process; only where that gives no answer, or several, systemctl is asked.
systemd_version() {
  _version=
  for _file in /lib/systemd/libsystemd-shared-*.so /usr/lib/systemd/libsystemd-shared-*.so /usr/lib/*/systemd/libsystemd-shared-*.so; do
    [ -e "$_file" ] || continue
    _file=${_file##*/libsystemd-shared-}
    _file=${_file%%[!0-9]*}
    case $_version in '' | "$_file") _version=$_file ;; *) _version=several ;; esac
  done
  case $_version in '' | several)
    _version=$(systemctl --version 2>/dev/null)
    _version=${_version#systemd }
    _version=${_version%%[!0-9]*}
    ;;
  esac
}

# observe_unit KEY UNIT
observe_unit() {
  if ! show_unit "$2"; then
    frame "$1" unknown
    printf '%s\n' "${_refused:-$_undecided}"
    return
  fi
  frame "$1" show
  printf '%s' "${_show#"$NL"}"
  unit_parts "$_show"
  for _part in $_parts; do
    [ ! -r "$_part" ] || read_later "$1 part" file "$_part"
  done
  if [ -z "${_clocked:-}" ]; then
    _clocked=yes
    frame unit clock
    date +%s
    lines /proc/uptime
    frame unit systemd
    systemd_version
    printf '%s\n' "$_version"
  fi
  property MainPID
  _pid=$_value
  if [ "${_pid:-0}" -gt 0 ]; then
    frame "$1" process
    while IFS= read -r _line; do
      case $_line in Uid:* | PPid:* | NoNewPrivs:* | Seccomp:* | CapBnd:* | CapEff:*) printf '%s\n' "$_line" ;; esac
      # The last that is wanted; every byte costs a system call.
      case $_line in Seccomp:*) break ;; esac
    done 2>/dev/null <"/proc/$_pid/status"
    _label=
    { IFS= read -r _label <"/proc/$_pid/attr/current"; } 2>/dev/null
    printf 'Label:\t%s\n' "$_label"
    read_later "$1 exe" link "/proc/$_pid/exe"
  fi
  property Id
  _id=$_value
  frame "$1" record
  [ ! -r "/var/lib/confine/units/$_id" ] || lines "/var/lib/confine/units/$_id"
}

# observe_dropin KEY UNIT NAME: a drop-in of the real unit behind a name, which may be an alias
observe_dropin() {
  if ! show_unit "$2"; then
    frame "$1" unknown
    printf '%s\n' "$_refused"
    return
  fi
  property Id
  _id=$_value
  frame "$1" path
  printf '%s\n' "/etc/systemd/system/$_id.d/$3.conf"
  observe_file "$1" "/etc/systemd/system/$_id.d/$3.conf"
}
