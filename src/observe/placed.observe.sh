# observe_placed KEY: what confine's standing transactions have put in place for units and jails, with what was
# there before the first of them
observe_placed() {
  frame "$1" asked
  _paths=$NL _count=0 _placed=
  for _tx in $(by_time /var/lib/confine/transactions/*/phase); do
    _tx=${_tx%/phase}
    _phase=
    { IFS= read -r _phase <"$_tx/phase"; } 2>/dev/null
    [ "$_phase" = committed ] || continue
    while IFS="$TAB" read -r _what _number _path _line; do
      [ "$_what" = node ] || continue
      case $_path in /etc/systemd/system/*.d/* | /etc/firejail/*) ;; *) continue ;; esac
      _note=
      { IFS= read -r _note <"$_tx/placed-$_number"; } 2>/dev/null
      _placed=$_placed$_path$TAB$_note$NL
      case $_paths in *"$NL$_path$NL"*) continue ;; esac
      _paths=$_paths$_path$NL
      _count=$((_count + 1))
      observe_file "$1/before $_count" "$_tx/old/$_number"
      observe_file "$1/now $_count" "$_path"
    done <"$_tx/manifest"
  done
  frame "$1" paths
  printf '%s' "${_paths#"$NL"}"
  frame "$1" placed
  printf '%s' "$_placed"
}
