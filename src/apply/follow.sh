# follow FOLDER ID ACTION DEADLINE: starts the supervisor apart from this session, and shows its progress.
# What it does goes on without us: a transient service outlives the connection, and has its own deadline.
follow() {
  [ "$3" = undo ] || [ -e "$1/progress" ] || : >"$1/progress"
  _shown=$(wc -l <"$1/progress")
  if [ -d /run/systemd/system ]; then
    systemd-run --quiet --collect --unit="confine-$2-$3" --service-type=exec \
      -p RuntimeMaxSec="$4" -p TimeoutStopSec=300 -p KillMode=mixed \
      -p ExecStopPost="/bin/sh $1/run.sh recover $1" \
      /bin/sh "$1/run.sh" "$3" "$1" </dev/null >/dev/null 2>"$1/start" || {
      printf 'outcome\tfailed\nreason\t%s\n' "$(head -n 1 "$1/start")"
      return
    }
    alive() { systemctl is-active --quiet "confine-$2-$3" || [ "$(systemctl show -p ActiveState --value "confine-$2-$3")" = deactivating ]; }
  else
    # shellcheck disable=SC2016 # the inner shell expands its own arguments
    setsid timeout -k 5 "$4" sh -c 'sh "$1/run.sh" "$2" "$1"; sh "$1/run.sh" recover "$1"' sh "$1" "$3" </dev/null >/dev/null 2>&1 &
    _supervisor=$!
    alive() { kill -0 "$_supervisor" 2>/dev/null; }
  fi
  _turn=0
  while :; do
    _last=no
    [ ! -e "$1/outcome" ] || _last=yes
    _turn=$((_turn + 1))
    if [ "$_last" = no ] && [ $((_turn % 25)) -eq 0 ] && ! alive "$@" && [ ! -e "$1/outcome" ]; then _last=dead; fi
    _lines=$(wc -l <"$1/progress")
    if [ "$_lines" -gt "$_shown" ]; then
      sed -n "$((_shown + 1)),${_lines}p" "$1/progress" | sed "s/^/progress$(printf '\t')/"
      _shown=$_lines
    fi
    [ "$_last" = no ] || break
    sleep 0.1
  done
  if [ "$_last" = dead ]; then
    printf 'outcome\tunknown\nreason\tthe supervisor ended without an outcome\n'
  else
    cat "$1/outcome"
    [ ! -e "$1/log" ] || sed "s/^/log$(printf '\t')/" "$1/log"
    # What was refused changed nothing, and leaves nothing; a packages phase has nothing to take back.
    case $1$(head -n 1 "$1/outcome") in
      /run/* | *refused | *locked)
        rm -rf -- "$1"
        rmdir -- "${1%/*}" /var/lib/confine 2>/dev/null
        ;;
    esac
  fi
}
