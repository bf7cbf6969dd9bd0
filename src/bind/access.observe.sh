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

# observe_firejail KEY [BASE64]: the profile that named.service names, or one that it is going to
observe_firejail() {
  if [ $# -eq 2 ]; then
    frame "$1" firejail
    _file=$(mktemp) && printf '%s' "$2" | base64 -d >"$_file" && firejail_profile "$_file"
    rm -f -- "$_file"
    return
  fi
  _file=$(grep -hsE '^ExecStart=.*firejail' /etc/systemd/system/named.service /etc/systemd/system/named.service.d/*.conf | sed -nE 's/.*--profile=([^ ]+).*/\1/p' | tail -n 1)
  [ -n "$_file" ] || return 0
  frame "$1" firejail
  firejail_profile "$_file"
}

# observe_access KEY ERE: behind observe_needs; ERE matches the line that opens named's profile
observe_access() {
  _user=$(sed -nE 's/^[[:space:]]*OPTIONS=.*-u *([^ "'\'']+).*/\1/p' /etc/default/named 2>/dev/null | tail -n 1)
  frame "$1" user
  printf '%s\n' "${_user:-bind}"
  id -u "${_user:-bind}" 2>/dev/null && id -G "${_user:-bind}"
  _paths=$(printf '%s\n' "$_statements" | awk -F "$TAB" '
    function with(path) { print path; sub(/\/[^\/]*$/, "", path); print path == "" ? "/" : path }
    BEGIN { with("/run/named/named.pid"); with("/run/named/session.key"); with("/etc/bind/rndc.key"); with("/etc/bind/bind.keys"); dir = "/" }
    $4 == "directory" && $3 == "" { dir = $5; print dir }
    { with($1) }
    $4 ~ /^(database|dyndb|allow-new-zones|random-device)$/ || $5 == "none" { next }
    {
      path = $5 ~ /^\// ? $5 : dir "/" $5
      with(path)
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
  command -v apparmor_parser >/dev/null 2>&1 || return 0
  _file=$(grep -lsE -- "$2" "$_policy"/* | head -n 1)
  [ -n "$_file" ] || return 0
  frame "$1" policy
  # From stdin, since the parser leaves out a file that is disabled.
  apparmor_parser -p -b "$_policy" <"$_file" 2>/dev/null | grep -vE '^[[:space:]]*(#|$)'
}
