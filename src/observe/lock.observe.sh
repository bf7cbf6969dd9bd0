# lock_held: whether the process that wrote its name into the lock lives and has it open; the name is in _holder.
# Asked without taking the lock, which would turn away whoever comes for it meanwhile.
lock_held() {
  _holder='' _owner=
  { IFS= read -r _holder && IFS= read -r _owner; } 2>/dev/null </run/confine.lock
  [ -n "$_owner" ] || return 1
  for _fd in "/proc/$_owner/fd"/*; do
    [ ! "$_fd" -ef /run/confine.lock ] || return 0
  done
  return 1
}
