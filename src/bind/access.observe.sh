# What bears on the paths that named.conf names: owners and modes, and the rules of AppArmor.

# stage_policy, stage_policy_file PATH BASE64, stage_policy_without PATH: profiles as they will be, for this trip
_policy=/etc/apparmor.d
stage_policy() {
  _staged=$(mktemp -d) || return 0
  trap 'rm -rf -- "$_staged"' EXIT
  policy_tree "$_staged/apparmor.d" && _policy=$_staged/apparmor.d
}

stage_policy_file() {
  [ "$_policy" != /etc/apparmor.d ] && in_tree "$_policy" "$1" && printf '%s' "$2" | base64 -d >"$_to"
}

stage_policy_without() {
  [ "$_policy" = /etc/apparmor.d ] || in_tree "$_policy" "$1"
}

# firejail_profile FILE: its lines with those of what it includes
firejail_profile() {
  awk '
    function show(file, depth,    line, name) {
      while (depth < 9 && (getline line <file) > 0) {
        if (line ~ /^[ \t]*(#|$)/) continue
        if (line !~ /^include /) { print line; continue }
        name = substr(line, 9)
        sub(/[ \t]+$/, "", name)
        show(name ~ /^\// ? name : "/etc/firejail/" name, depth + 1)
      }
      close(file)
    }
    BEGIN { show(ARGV[1], 0) }' "$1"
}

# observe_firejail KEY [BASE64]: the profile that named's unit names, or one that it is going to
observe_firejail() {
  if [ $# -eq 2 ]; then
    frame "$1" firejail
    _file=$(mktemp) && printf '%s' "$2" | base64 -d >"$_file" && firejail_profile "$_file"
    rm -f -- "$_file"
    return
  fi
  _file=$(grep -hsE '^ExecStart=.*firejail' "/etc/systemd/system/$named_unit" "/etc/systemd/system/$named_unit.d"/*.conf | sed -nE 's/.*--profile=([^ ]+).*/\1/p' | tail -n 1)
  [ -n "$_file" ] || return 0
  frame "$1" firejail
  firejail_profile "$_file"
}

# As named -V of the distribution's BIND has it.
_debian='nsupdate session key: /run/named/session.key
named PID file: /run/named/named.pid
rndc configuration: /etc/bind/rndc.conf
DNSSEC root key: /etc/bind/bind.keys'

# observe_access KEY ERE: behind observe_needs; ERE matches the line that opens named's profile
observe_access() {
  [ -z "$_unreadable" ] || return 0
  # Whom it became is what counts, once it has.
  _user=${_as:-root}
  [ -z "$named_pid" ] || _user=$(id -un -- "$(sed -n 's/^Uid:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$named_pid/status" 2>/dev/null)" 2>/dev/null)
  frame "$1" user
  printf '%s\n' "$_user"
  id -u "$_user" 2>/dev/null && id -G "$_user"
  _paths=$({
    printf '%s\n' "$_statements"
    printf '%s\n' "${_built:-$_debian}" | sed -n "s#^[^:]*: *\\(/.*\\)#$TAB$TAB$TAB$TAB\\1#p"
  } | awk -F "$TAB" -v root="$_root" '
    function with(path) { print path; sub(/\/[^\/]*$/, "", path); print path == "" ? "/" : path }
    BEGIN { dir = "/" }
    $4 == "directory" && $3 == "" { dir = $5; print root dir }
    $1 != "" { with($1) }
    $4 ~ /^(database|dyndb|allow-new-zones|random-device)$/ || $5 == "" || $5 == "none" { next }
    {
      path = root ($5 ~ /^\// ? $5 : dir "/" $5)
      with(path)
      if (sub(/rndc\.conf$/, "rndc.key", path)) print path
      if ($4 == "file" && $3 ~ /^zone /) { print path ".jnl"; print path ".signed"; print path ".signed.jnl"; print path ".jbk" }
    }' | sort -u)
  _real=$(printf '%s\n' "$_paths" | tr '\n' '\0' | xargs -0 realpath -m --)
  frame "$1" paths
  printf '%s\n' "$_paths"
  frame "$1" real
  printf '%s\n' "$_real"
  frame "$1" stats
  printf '%s\n' "$_real" | awk '{ print; while (sub(/\/[^\/]*$/, "") && $0 != "") print } END { print "/" }' | sort -u |
    tr '\n' '\0' | xargs -0 stat -c '%f %u %g %n' -- 2>/dev/null
  { [ -n "$2" ] && command -v apparmor_parser >/dev/null 2>&1; } || return 0
  _file=$(grep -lsE -- "$2" "$_policy"/* | head -n 1)
  [ -n "$_file" ] || return 0
  frame "$1" policy
  # From stdin, since the parser leaves out a file that is disabled.
  apparmor_parser -p -b "$_policy" <"$_file" 2>/dev/null | grep -vE '^[[:space:]]*(#|$)'
}
