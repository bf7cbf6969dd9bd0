# process_at FOLDER KEY: what the kernel enforces on a process, its label, where it belongs, and its ancestors
process_at() {
  _parent=
  while IFS= read -r _line; do
    case $_line in
      PPid:*) _parent=${_line#*"$TAB"} && printf '%s\n' "$_line" ;;
      Name:* | Pid:* | Uid:* | CapEff:* | CapBnd:* | NoNewPrivs:* | Seccomp:*) printf '%s\n' "$_line" ;;
    esac
  done 2>/dev/null <"$1/status"
  _label=
  { IFS= read -r _label <"$1/attr/current"; } 2>/dev/null
  printf 'Label:\t%s\n' "$_label"
  while IFS= read -r _line; do
    case $_line in 0::* | *:name=systemd:*) printf 'Cgroup:\t%s\n' "${_line##*:}" ;; esac
  done 2>/dev/null <"$1/cgroup"
  while [ "${_parent:-0}" -gt 1 ]; do
    _stat=
    { IFS= read -r _stat <"/proc/$_parent/stat"; } 2>/dev/null
    _command=${_stat#*"("}
    printf 'Parent:\t%s\t%s\n' "$_parent" "${_command%")"*}"
    _stat=${_stat##*") "}
    _stat=${_stat#* }
    _parent=${_stat%% *}
    # The name of a process may hold anything, a newline too.
    case $_parent in *[!0-9]*) break ;; esac
  done
  echo
  read_later "$2/${1##*/} exe" link "$1/exe"
}

# observe_named KEY UNIT: every process that is called named, and the unit's main process, whatever it is called
observe_named() {
  _main=0 _group='' _name=''
  if show_unit "$2"; then
    frame "$1" usage
    for _name in TasksCurrent TasksMax MemoryCurrent; do
      property "$_name"
      printf '%s=%s\n' "$_name" "$_value"
    done
    property MainPID
    _main=${_value:-0}
    property ControlGroup
    _group=$_value
  fi
  frame "$1" group
  printf '%s\n' "$_group"
  frame "$1" main
  printf '%s\n' "$_main"
  frame "$1" last-capability
  # Not by lines: of a number of sysctl, the kernel gives no more than what the first read asks for.
  cat /proc/sys/kernel/cap_last_cap 2>/dev/null
  frame "$1" processes
  for _proc in /proc/[0-9]*; do
    _command=
    { IFS= read -r _command <"$_proc/comm"; } 2>/dev/null
    if [ "$_command" = named ] || [ "$_proc" = "/proc/$_main" ]; then process_at "$_proc" "$1"; fi
  done
}
