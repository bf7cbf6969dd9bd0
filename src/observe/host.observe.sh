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
  frame host unfinished
  for _tx in /var/lib/confine/transactions/*/phase; do
    [ -r "$_tx" ] && [ ! -e "${_tx%phase}outcome" ] || continue
    IFS= read -r _phase <"$_tx" || continue
    printf '%s\t%s\n' "${_tx%/phase}" "$_phase"
  done
  frame host untold
  # Their names sort by time. The end of a hold has no controller, and needs none.
  _newest=
  for _tx in /var/lib/confine/transactions/*/outcome; do [ ! -r "$_tx" ] || _newest=${_tx%/outcome}; done
  [ -n "$_newest" ] && [ ! -e "$_newest/told" ] && IFS= read -r _phase <"$_newest/phase" && [ "$_phase" != closed ] &&
    lines "$_newest/outcome"
}
