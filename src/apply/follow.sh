# follow FOLDER ID ACTION DEADLINE: starts the supervisor apart from this session, and shows its progress.
# What it does goes on without us: a transient service outlives the connection, and has its own deadline.
follow() {
  # No ":" in these scripts: where it can't be redirected it ends the shell (POSIX: a special built-in), without a word.
  # A supervisor begins with room for its outcome, or not at all.
  { true >>"$1/progress" && { [ "$3" != run ] || head -c 65536 /dev/zero >"$1/reserve"; }; } 2>/dev/null || {
    printf 'outcome\trefused\nreason\tcannot write to %s: no space left, or not writable\n' "$1"
    [ "$3" != run ] || discard "$1"
    return
  }
  # An undo on demand says for itself how it went: what it refuses stays as it was.
  _result=$1/outcome
  [ "$3" != undo ] || _result=$1/undo
  if [ -d /run/systemd/system ]; then
    alive() { case $(systemctl show -p ActiveState --value "confine-$2-$3") in active | deactivating | activating) ;; *) false ;; esac; }
    # Where only the answer of systemd was lost, it may run all the same, and needs its folder.
    apart "$@" || alive "$@" || [ -e "$_result" ] || {
      printf 'outcome\tfailed\nreason\t%s\n' "$(head -n 1 "$1/start")"
      [ "$3" != run ] || [ -e "$1/phase" ] || discard "$1"
      return
    }
  else
    # Outside of the deadline is who undoes behind it.
    # shellcheck disable=SC2016 # the inner shell expands its own arguments
    setsid sh -c 'timeout -k 5 "$3" sh "$1/run.sh" "$2" "$1"; timeout -k 5 300 sh "$1/run.sh" recover "$1"' sh "$1" "$3" "$4" </dev/null >/dev/null 2>&1 &
    _supervisor=$!
    alive() { kill -0 "$_supervisor" 2>/dev/null; }
  fi
  printf 'folder\t%s\n' "$1"
  _turn=0 _last=no
  # A builtin read goes on from where the file had ended, so following it forks nothing but the pause.
  exec 3<"$1/progress"
  while [ "$_last" = no ]; do
    sleep 0.1
    _turn=$((_turn + 1))
    [ $((_turn % 50)) -ne 0 ] || alive "$@" || _last=dead
    # Its last act is to take the recovery away; of who is locked out, that is somebody else's.
    [ ! -e "$_result" ] || { [ -e /etc/systemd/system/confine-recover.service ] && ! grep -q '^outcome.locked' "$_result"; } || _last=yes
    while IFS= read -r _line <&3; do printf 'progress\t%s\n' "$_line"; done
  done
  exec 3<&-
  if [ "$_last" = dead ] && [ ! -e "$_result" ]; then
    printf 'outcome\tunknown\nreason\tthe supervisor ended without an outcome\n'
    return
  fi
  cat "$_result"
  [ ! -e "$1/log" ] || sed "s/^/log$(printf '\t')/" "$1/log"
}
