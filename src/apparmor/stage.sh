# A staged tree of /etc/apparmor.d, to try files out in

# policy_tree TREE
policy_tree() {
  mkdir -p -- "$1" && cp -a -- /etc/apparmor.d/. "$1"
}

# in_tree TREE PATH: where the tree has a file, in _to, with nothing at that place; false for what lies elsewhere
in_tree() {
  case $2 in /etc/apparmor.d/*) ;; *) return 1 ;; esac
  _to=$1 _live=/etc/apparmor.d _rest=${2#/etc/apparmor.d/}
  until [ "${_rest#*/}" = "$_rest" ]; do
    _to=$_to/${_rest%%/*} _live=$_live/${_rest%%/*} _rest=${_rest#*/}
    # Behind a link is the live folder.
    [ ! -L "$_to" ] || { rm -f -- "$_to" && cp -a -- "$_live/." "$_to"; }
  done
  mkdir -p -- "$_to"
  _to=$_to/$_rest
  rm -f -- "$_to"
}
