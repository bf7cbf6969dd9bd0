# observe_needs KEY: what named.conf says, and on which lines it names paths
_statements=
observe_needs() {
  observe_bind "$1"
  frame "$1" lines
  [ -n "$_unreadable" ] || _statements=$(bind_statements "$_root$_conf" "$_root")
  printf '%s\n' "$_statements"
  case $_exe in /usr/sbin/named) set -- "$1" /usr/lib/*/bind /usr/lib/*/named ;; *) set -- "$1" "${_exe%/*/*}"/lib/bind "${_exe%/*/*}"/lib/named ;; esac
  _key=$1
  shift
  for _folder in "$@"; do
    [ -d "$_folder" ] || continue
    frame "$_key" plugins
    printf '%s\n' "$_folder"
    break
  done
}
