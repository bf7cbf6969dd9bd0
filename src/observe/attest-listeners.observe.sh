# observe_listeners KEY: sockets that wait for the network, and the labels of the processes that hold them
observe_listeners() {
  if ! _sockets=$(ss -Hlntup 2>/dev/null); then
    frame "$1" unknown
    echo 'no ss on this host (package iproute2)'
    return
  fi
  frame "$1" sockets
  printf '%s\n' "$_sockets"
  frame "$1" labels
  _done=' '
  while :; do
    case $_sockets in *,pid=*) ;; *) break ;; esac
    _sockets=${_sockets#*,pid=}
    _pid=${_sockets%%[!0-9]*}
    case $_done in *" $_pid "*) continue ;; esac
    _done="$_done$_pid "
    _label=
    { IFS= read -r _label <"/proc/$_pid/attr/current"; } 2>/dev/null
    printf '%s\t%s\n' "$_pid" "$_label"
  done
}
