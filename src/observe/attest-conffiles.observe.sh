# observe_conffiles KEY: files below /etc/apparmor.d that are not what their package brought. The sums are those
# that dpkg has written down: dpkg -V would read every file of every package.
observe_conffiles() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    frame "$1" unknown
    echo 'no dpkg-query on this host'
    return
  fi
  # shellcheck disable=SC2016 # dpkg-query fills in its own fields
  _sums=$(dpkg-query -W -f '${db:Status-Abbrev}${Conffiles}\n' 2>/dev/null |
    awk '/^[^ ]/ { installed = !/^.[nc]/; sub(/^[^\/]*/, " ") }
      installed && $1 ~ /^\/etc\/apparmor\.d\// && $2 ~ /^[0-9a-f]+$/ { print $2 "  " $1 }' | md5sum -c 2>/dev/null)
  _count=0 _changed='' _paths='' _ifs=$IFS
  set -f
  IFS=$NL
  for _line in $_sums; do
    _count=$((_count + 1))
    case $_line in
      *': OK') ;;
      *)
        _changed=$_changed$_line$NL
        _paths="$_paths ${_line%: FAILED*}"
        ;;
    esac
  done
  IFS=$_ifs
  frame "$1" checked
  echo "$_count"
  frame "$1" changed
  printf '%s' "$_changed"
  frame "$1" owners
  # shellcheck disable=SC2086 # paths of packages hold no spaces
  [ -z "$_paths" ] || dpkg-query -S $_paths 2>/dev/null
  set +f
}
