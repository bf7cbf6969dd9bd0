# observe_packages KEY NAME...
observe_packages() {
  _key=$1
  shift
  if command -v dpkg-query >/dev/null 2>&1; then
    frame "$_key" list
    dpkg-query -W -f '${Package}\t${db:Status-Abbrev}\t${Version}\n' -- "$@" 2>/dev/null
  else
    frame "$_key" unknown
    echo 'no dpkg-query on this host'
  fi
}
