# ask_packages NAME...: gathers names, so that dpkg reads its database once
_packages=
ask_packages() {
  _packages="$_packages $*"
}

observe_packages() {
  if command -v dpkg-query >/dev/null 2>&1; then
    frame packages list
    # shellcheck disable=SC2086 # names of packages hold no spaces
    dpkg-query -W -f '${Package}\t${db:Status-Abbrev}\t${Version}\n' -- $_packages 2>/dev/null
  else
    frame packages unknown
    echo 'no dpkg-query on this host'
  fi
}
