# apart FOLDER ID ACTION DEADLINE: starts a supervisor apart from this session, in a transient service that
# outlives it, has its own deadline, and undoes what is unfinished when it is ended.
apart() {
  # "-": a folder that leaves nothing may be gone by then, which is no failure.
  systemd-run --quiet --collect --unit="confine-$2-$3" --service-type=exec \
    -p RuntimeMaxSec="$4" -p TimeoutStopSec=300 -p KillMode=mixed \
    -p ExecStopPost="-/bin/sh $1/run.sh recover $1" \
    /bin/sh "$1/run.sh" "$3" "$1" </dev/null >/dev/null 2>"$1/start"
}
