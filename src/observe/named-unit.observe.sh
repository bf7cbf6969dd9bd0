# Which unit runs named: one that does decides, then what playbooks declare, then what would start one.

# group_of FOLDER: the control group of a process as systemd names it, in _group
_slice=
group_of() {
  _group=
  while IFS= read -r _line; do
    case $_line in 0::* | *:name=systemd:*) _group=${_line##*:} ;; esac
  done 2>/dev/null <"$1/cgroup"
  _group=${_group#"$_slice"}
}

# service_of FOLDER: the service of this host's systemd that a process is of, in _service; none for what lies deeper in
# one, as in a container
service_of() {
  group_of "$1"
  _service=
  case ${_group%/*}/ in *.service/* | *.scope/*) return ;; esac
  case $_group in *.service) _service=${_group##*/} ;; esac
}

# ask_named_unit [UNIT...]: gathers all that may run named; UNITs are those that playbooks declare
_nameds='' _running='' _own=''
ask_named_unit() {
  _declared=$*
  group_of /proc/1
  case $_group in */init.scope) _slice=${_group%/init.scope} ;; esac
  for _proc in /proc/[0-9]*; do
    _command=
    { IFS= read -r _command <"$_proc/comm"; } 2>/dev/null
    [ "$_command" = named ] || continue
    service_of "$_proc"
    _nameds="$_nameds ${_proc#/proc/}:$_service"
    case " $_running " in *" $_service "*) ;; *) _running="$_running $_service" ;; esac
  done
  [ -n "$_running" ] || own_units
  for _service in "$@" named.service $_running $_own; do ask_unit "$_service"; done
}

# own_units: units of this host's own that start a named, in _own
own_units() {
  for _file in /etc/systemd/system/*.service; do
    # An alias of another one is a link.
    [ -f "$_file" ] && [ ! -L "$_file" ] || continue
    while IFS= read -r _line; do
      case $_line in
        ExecStart=*/named | ExecStart=*/named[[:space:]]*) _own="$_own ${_file##*/}" && break ;;
      esac
    done <"$_file"
  done
}

# decide_named_unit: it is in named_unit, and its process in named_pid; empty where it can't be told, with the reason in
# _undecided
named_unit='' named_pid='' _undecided='' _decided=''
decide_named_unit() {
  [ -z "$_decided" ] || return 0
  _decided=yes
  if [ ! -d /run/systemd/system ]; then
    case $_nameds in
      *' '*' '*) _undecided='several named run, and systemd, which would know their units, does not' ;;
      *) named_unit=named.service named_pid=${_nameds%%:*} && named_pid=${named_pid# } ;;
    esac
    return 0
  fi
  for _one in $_declared named.service; do
    case " $_running " in *" $_one "*) named_unit=$_one && break ;; esac
  done
  if [ -z "$named_unit" ]; then
    # shellcheck disable=SC2086 # names of units hold no spaces
    if [ -n "$_running" ]; then only_unit 'run a named' $_running; else to_start; fi
  fi
  for _one in $_nameds; do
    [ -n "$named_unit" ] && [ "${_one#*:}" = "$named_unit" ] || continue
    named_pid=${_one%%:*}
    break
  done
}

# to_start: with none running, the unit that a playbook declares for named, the distribution's where it is enabled, or
# the host's own
to_start() {
  for _one in $_declared; do
    ! starts_named "$_one" || { named_unit=$_one && return; }
  done
  if show_unit named.service; then
    property UnitFileState
    case $_value in enabled*) named_unit=named.service && return ;; esac
  fi
  # shellcheck disable=SC2086
  only_unit 'would start a named' ${_own:-named.service}
}

only_unit() {
  _what=$1
  shift
  if [ $# -eq 1 ]; then
    named_unit=$1
  else
    _undecided="several units $_what: $(printf '%s\n' "$@" | sort | paste -sd' ' | sed 's/ /, /g')"
  fi
}

# observe_known KEY: how the units are that a playbook or the distribution has for named, by the names that those use
observe_known() {
  frame "$1" known
  for _one in $_declared named.service; do
    starts_named "$_one" || continue
    printf '%s' "$_one"
    for _name in Id ActiveState UnitFileState; do
      property "$_name"
      printf '\t%s' "$_value"
    done
    echo
  done
}

# starts_named UNIT: whether that is what it is there for
starts_named() {
  show_unit "$1" || return 1
  property ExecStart
  case $_value in */named\ *) ;; *) return 1 ;; esac
}
