# observe_evidence KEY UNIT: what named of this host has done, and whom its zones belong to

# rndc_stats: what `rndc stats` tells, which it appends to a file of named's; that file is as it was afterwards
rndc_stats() {
  counted | grep -E '^(\+\+\+ Statistics Dump|rndc:)|UDP queries received|TCP queries received|transfer requests succeeded|requested transfers completed'
}

counted() {
  _size=$(stat -c %s -- "$_statistics" 2>/dev/null)
  env "LD_LIBRARY_PATH=$_rndc_with" "$_rndc" stats 2>&1 || return 0
  if [ -n "$_size" ]; then
    tail -c "+$((_size + 1))" -- "$_statistics" && truncate -s "$_size" -- "$_statistics"
  else
    cat -- "$_statistics" && rm -f -- "$_statistics"
  fi 2>/dev/null
}

# config_files: the files that the configuration names, absolute, each once: FOLDER is where relative ones lie
config_files() {
  printf '%s\n' "$_said" | sed -nE 's/^[[:space:]]*(file|journal)[[:space:]]+"([^"]+)".*/\2/p' | sort -u |
    while IFS= read -r _path; do
      case $_path in /*) printf '%s\n' "$_path" ;; *) printf '%s/%s\n' "$1" "$_path" ;; esac
    done
}

observe_evidence() {
  frame "$1" clock
  date +%s
  lines /proc/uptime
  [ -n "$2" ] || { unread "$1" "$_undecided" && return; }
  frame "$1" run
  systemctl show -p InvocationID,ExecMainStartTimestampMonotonic,ActiveState,Id -- "$2" 2>/dev/null
  _pid=$(named_pid "$2" 2>/dev/null)
  frame "$1" label
  label_of "${_pid:-0}"
  frame "$1" deaths
  journalctl -q --no-pager -o json --output-fields=MESSAGE,_BOOT_ID -n 100 _PID=1 "UNIT=$2" \
    MESSAGE_ID=98e322203f7a4ed290d09fe03c09fe15 2>/dev/null
  [ "${_pid:-0}" -gt 0 ] || return 0
  start_of "$2" "$_pid" || { unread "$1" "$_lack" && return; }
  _said=$(checkconf -p -x 2>/dev/null)
  frame "$1" config
  printf '%s\n' "$_said"
  frame "$1" version
  if [ -n "$_built" ]; then printf '%s\n' "$_built"; else named -v 2>/dev/null; fi
  program_of rndc
  _rndc=$_program _rndc_with=$_with
  _folder=$(printf '%s\n' "$_said" | sed -nE 's/^[[:space:]]*directory[[:space:]]+"([^"]+)".*/\1/p' | head -n 1)
  _folder=${_folder:-/}
  _statistics=$(printf '%s\n' "$_said" | sed -nE 's/^[[:space:]]*statistics-file[[:space:]]+"([^"]+)".*/\1/p' | head -n 1)
  case $_statistics in /*) ;; *) _statistics=$_folder/${_statistics:-named.stats} ;; esac
  frame "$1" status
  env "LD_LIBRARY_PATH=$_rndc_with" "$_rndc" status 2>&1
  frame "$1" statistics
  rndc_stats
  frame "$1" files
  config_files "$_folder" | while IFS= read -r _path; do
    # Behind a rotation the old log has another name, which is a change of its inode.
    stat -c '%Y %Z %n' -- "$_path" "$_path".jnl "$_path".signed.jnl "$_path".[0-9]* 2>/dev/null
  done
  served "$1" "$_pid"
  if [ -n "$_server" ] && [ -n "$_zones" ]; then
    # Our own questions count for nobody.
    frame "$1" afterwards
    rndc_stats
  fi
}
