# observe_needs KEY: what named.conf says, and on which lines it names paths
_statements=
observe_needs() {
  observe_bind "$1"
  frame "$1" lines
  _statements=$(bind_statements "${_conf:-/etc/bind/named.conf}")
  printf '%s\n' "$_statements"
  for _folder in /usr/lib/*/bind /usr/lib/*/named; do
    [ -d "$_folder" ] || continue
    frame "$1" plugins
    printf '%s\n' "$_folder"
    break
  done
}
