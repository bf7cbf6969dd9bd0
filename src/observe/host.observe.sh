# by_time FILE...: the oldest first, by this host's clock: their names tell the time of whoever asked for them
by_time() {
  ls -1tr -- "$@" 2>/dev/null
}

observe_host() {
  frame host uid
  while IFS="$TAB" read -r _key _line; do
    case $_key in Uid:) printf '%s\n' "$_line" && break ;; esac
  done <"/proc/$$/status"
  frame host os-release
  [ ! -r /etc/os-release ] || lines /etc/os-release
  frame host kernel
  lines /proc/sys/kernel/osrelease
  frame host boot-id
  lines /proc/sys/kernel/random/boot_id
  frame host cores
  lines /sys/devices/system/cpu/online
  frame host architecture
  [ ! -r /proc/sys/kernel/arch ] || lines /proc/sys/kernel/arch
  frame host lsm
  [ ! -r /sys/kernel/security/lsm ] || lines /sys/kernel/security/lsm
  frame host systemd
  if [ -d /run/systemd/system ]; then echo yes; else echo no; fi
  frame host named
  for _proc in /proc/[0-9]*; do
    _command=
    { IFS= read -r _command <"$_proc/comm"; } 2>/dev/null
    [ "$_command" = named ] || continue
    while IFS= read -r _line; do
      case $_line in 0::/* | *:name=systemd:*) printf '%s\t%s\n' "${_proc#/proc/}" "${_line##*:}" ;; esac
    done 2>/dev/null <"$_proc/cgroup"
  done
  frame host holder
  ! lock_held || printf '%s\n' "$_holder"
  frame host unfinished
  for _tx in /var/lib/confine/transactions/*/phase; do
    [ -r "$_tx" ] && [ ! -e "${_tx%phase}outcome" ] || continue
    IFS= read -r _phase <"$_tx" || continue
    printf '%s\t%s\n' "${_tx%/phase}" "$_phase"
  done
  frame host untold
  for _tx in /var/lib/confine/transactions/*/outcome /run/confine/*/outcome; do
    [ -r "$_tx" ] && [ ! -e "${_tx%outcome}told" ] || continue
    # The end of a hold has no controller, and needs none.
    _phase=
    { IFS= read -r _phase <"${_tx%outcome}phase"; } 2>/dev/null
    [ "$_phase" = closed ] || { printf 'folder\t%s\n' "${_tx%/outcome}" && lines "$_tx"; }
  done
}
