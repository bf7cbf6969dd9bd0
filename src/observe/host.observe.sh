observe_host() {
  frame host uid
  id -u
  frame host os-release
  cat /etc/os-release 2>/dev/null
  frame host kernel
  uname -r
  frame host boot-id
  cat /proc/sys/kernel/random/boot_id
  frame host systemd
  if [ -d /run/systemd/system ]; then echo yes; else echo no; fi
  frame host unfinished
  for _tx in /var/lib/confine/transactions/*/phase; do
    [ -r "$_tx" ] || continue
    IFS= read -r _phase <"$_tx" || continue
    case $_phase in
      committed | undone | refused | locked) ;;
      *) printf '%s\t%s\n' "${_tx%/phase}" "$_phase" ;;
    esac
  done
}
