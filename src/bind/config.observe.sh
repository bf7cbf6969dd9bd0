# observe_bind KEY: named's configuration as BIND itself reads it, without secrets, and how it is started
observe_bind() {
  frame "$1" options
  sed -n "s/^[[:space:]]*OPTIONS=//p" /etc/default/named /etc/default/bind9 2>/dev/null | tail -n 1 | tr -d "\"'"
  if ! command -v named-checkconf >/dev/null 2>&1; then
    frame "$1" unknown
    echo 'no named-checkconf on this host (package bind9)'
    return
  fi
  _conf=$(sed -nE "s/^[[:space:]]*OPTIONS=.*-c *([^ \"']+).*/\1/p" /etc/default/named 2>/dev/null | tail -n 1)
  frame "$1" file
  printf '%s\n' "${_conf:-/etc/bind/named.conf}"
  if ! _said=$(named-checkconf -p -x "${_conf:-/etc/bind/named.conf}" 2>&1); then
    frame "$1" unknown
    printf 'named-checkconf: %s\n' "${_said%%"$NL"*}"
    return
  fi
  frame "$1" config
  printf '%s\n' "$_said"
  # Files that are included are read, too; -p has filled them in, and no longer names them.
  frame "$1" includes
  grep -hsE '^[[:space:]]*include[[:space:]]+"/' "${_conf:-/etc/bind/named.conf}" /etc/bind/*.conf /etc/bind/named.conf.*
}
