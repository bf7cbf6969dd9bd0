# observe_bind KEY: named's configuration as BIND itself reads it, without secrets, and how named is started
observe_bind() {
  decide_named_unit
  _unreadable=$_undecided
  if [ -z "$_unreadable" ] && ! start_of "$named_unit" "$named_pid"; then
    _unreadable=$_lack
  elif [ -n "${_view:-}" ]; then
    _unreadable="$named_unit gives named another root (RootDirectory=), which is not looked into"
  fi
  if [ -n "$_unreadable" ]; then
    frame "$1" unknown
    printf '%s\n' "$_unreadable"
    return
  fi
  frame "$1" start
  printf '%s\n' "$named_unit" "${named_pid:-0}" "$_exe" "$_root" "$_conf" "$_options"
  frame "$1" built
  printf '%s\n' "$_built" | sed -n 's/^  *\([A-Za-z][A-Za-z -]*: \)/\1/p'
  if ! _said=$(checkconf -p -x 2>&1); then
    frame "$1" unknown
    printf 'named-checkconf: %s\n' "${_said%%"$NL"*}"
    return
  fi
  frame "$1" config
  printf '%s\n' "$_said"
  # Files that are included are read, too; -p has filled them in, and no longer names them.
  frame "$1" includes
  _folder=$_root${_conf%/*}
  grep -hsE '^[[:space:]]*include[[:space:]]+"/' "$_root$_conf" "$_folder"/*.conf "$_folder"/named.conf.*
}
