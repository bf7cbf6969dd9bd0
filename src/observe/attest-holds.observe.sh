# observe_holds KEY: what keeps this host apart from its playbook on purpose, a file each
observe_holds() {
  frame "$1" asked
  for _hold in /var/lib/confine/holds/*; do
    [ -f "$_hold" ] || continue
    frame "$1" "hold ${_hold##*/}"
    lines "$_hold"
  done
}
