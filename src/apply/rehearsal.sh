# The rehearsal: would BIND's zones load, and its logs open, under a profile as it will be? A copy of the profile is
# loaded under another name that attaches to nothing, and named-checkconf runs in it as BIND's user.

rehearsal=confine-rehearsal

# rehearse PROFILE FILE MODE UNIT
rehearse() {
  if ! rehearsal_load "$@" || ! rehearsal_asks "$4"; then
    rehearsal_gone
    progress rehearse "of profile $1: not tried: $_lack"
    return 0
  fi
  progress rehearse "of profile $1 ($3)"
  loads_zones "$1" && opens_logs
  _fine=$?
  rehearsal_gone
  [ "$_fine" -ne 0 ] || return 0
  denied_there
  fail "named would not work under profile $1 ($3): $(rehearsal_says)"
}

# rehearse_back PROFILE FILE FROM: a profile as undo would leave it, if named runs under it now or would then
rehearse_back() {
  case $3 in enforce | kill) ;; *) return 0 ;; esac
  _unit=$(awk -F "$TAB" '$1 == "watch" { print $2; exit }' "$T/manifest")
  runs_under "$_unit" "$1" || grep -qxF "under$TAB$_unit$TAB$1" "$T/manifest" || return 0
  rehearse "$1" "$2" "$3" "$_unit"
}

# What can be loaded without a change for anybody: one profile, whose copy only takes another name.
rehearsal_load() {
  for _tool in aa-exec setpriv; do
    command -v "$_tool" >/dev/null 2>&1 || { _lack="no $_tool on this host"; return 1; }
  done
  _copy=$T/stage/apparmor.d/$rehearsal
  NAME=$1 AS=$rehearsal awk '
    !done && /[{][ \t]*(#.*)?$/ {
      head = $0
      sub(/[{][ \t]*(#.*)?$/, "", head)
      flags = match(head, /flags[ \t]*=[ \t]*\([^)]*\)/) ? substr(head, RSTART, RLENGTH) : ""
      sub(/(flags|xattrs)[ \t]*=.*/, "", head)
      gsub(/"/, "", head)
      n = split(head, words, " ")
      first = words[1] == "profile" ? 2 : 1
      if (n >= first && words[first] == ENVIRON["NAME"]) {
        $0 = "profile " ENVIRON["AS"] " " flags " {"
        done = 1
      }
    }
    { print }
    END { exit !done }' "$T/stage/apparmor.d/${2#/etc/apparmor.d/}" >"$_copy" || { _lack="its head in $2 is not one line"; return 1; }
  _names=$(apparmor_parser -N -b "$T/stage/apparmor.d" -- "$_copy" 2>/dev/null | grep -vE "^$rehearsal(//|\$)")
  [ -z "$_names" ] || { _lack="$2 defines $(printf '%s\n' "$_names" | head -n 1), too"; return 1; }
  case $3 in complain) set -- -C ;; *) set -- ;; esac
  _said=$(apparmor_parser -r "$@" -K -b "$T/stage/apparmor.d" -- "$_copy" 2>&1) || { _lack="the kernel refused the copy: $(printf '%s\n' "$_said" | head -n 1)"; return 1; }
}

# Whatever became of it, a copy that is still loaded goes.
rehearsal_gone() {
  [ "$(kernel_mode "$rehearsal")" = absent ] || printf '%s' "$rehearsal" >/sys/kernel/security/apparmor/.remove
}

# rehearsal_asks UNIT: as whom named runs there, and from which file, in _uid, _gid and what start_of sets
rehearsal_asks() {
  _pid=$(named_pid "$1")
  start_of "$1" "$_pid" || return 1
  [ -z "$_root$_view" ] || { _lack='named runs in a chroot'; return 1; }
  if [ "${_pid:-0}" -gt 0 ]; then
    _uid=$(sed -n 's/^Uid:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$_pid/status")
    _gid=$(sed -n 's/^Gid:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$_pid/status")
  else
    _uid=$(id -u "${_as:-root}" 2>/dev/null) _gid=$(id -g "${_as:-root}" 2>/dev/null)
  fi
  [ -n "$_uid" ] && [ -n "$_gid" ] && [ "$_uid" != 0 ] || { _lack='named does not run as a user of its own'; return 1; }
}

# as_bind COMMAND...: as named's user; its output is a pipe, since the kernel takes files that a profile does not allow
# away from who comes into it.
as_bind() {
  timeout 120 setpriv --reuid="$_uid" --regid="$_gid" --init-groups env "LD_LIBRARY_PATH=$_reads_with" "$@" 2>&1 </dev/null
}

# Only what fails there, and neither without a profile nor under the one that is enforced now, counts: zones may be
# broken anyway, and a rule for one of them need not wait for the others.
loads_zones() {
  _under=$(as_bind aa-exec -p "$rehearsal" -- "$_checkconf" -z "$_conf")
  case $? in
    0) return 0 ;;
    124) progress rehearse 'stopped: named-checkconf -z takes more than 120 seconds'; return 0 ;;
  esac
  {
    as_bind "$_checkconf" -z "$_conf"
    case $(kernel_mode "$1") in enforce | kill) as_bind aa-exec -p "$1" -- "$_checkconf" -z "$_conf" ;; esac
  } >"$T/rehearsed-free"
  printf '%s\n' "$_under" | grep -v ': loaded serial ' | grep -vxF -f "$T/rehearsed-free" >"$T/rehearsed"
  [ ! -s "$T/rehearsed" ]
}

# A log that can't be opened keeps named from starting. Opened for appending, without a byte: nothing is made or changed.
opens_logs() {
  bind_statements "$_conf" | awk -F "$TAB" '$3 ~ /^channel / && $4 == "file" && $5 ~ /^\// { print $5 }' | sort -u >"$T/logs"
  while IFS= read -r _log; do
    [ -f "$_log" ] && ! opens_log aa-exec -p "$rehearsal" -- && opens_log || continue
    printf '%s: permission denied\n' "$_log"
  done <"$T/logs" >"$T/rehearsed"
  [ ! -s "$T/rehearsed" ]
}

opens_log() {
  as_bind "$@" dd if=/dev/null of="$_log" conv=nocreat,notrunc oflag=append status=none >/dev/null
}

# What was denied there is in the audit trail a moment later; the paths are what the kernel made of links.
denied_there() {
  true >"$T/rehearsed-denied"
  [ -e "$T/denied-before" ] || return 0
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    denials_since | sed -n "s/^$rehearsal //p" >"$T/rehearsed-denied"
    [ ! -s "$T/rehearsed-denied" ] || return 0
    sleep 0.2
  done
}

# rehearsal_says: who needed what, where that is declared, and the rule that would allow it
rehearsal_says() {
  bind_statements "$_conf" >"$T/rehearsed-at"
  awk -F "$TAB" -v denied="$T/rehearsed-denied" -v at="$T/rehearsed-at" '
    function base(path) { sub(/.*\//, "", path); return path }
    BEGIN {
      while ((getline line <denied) > 0) if (match(line, /"[^"]*"$/)) {
        path = substr(line, RSTART + 1, RLENGTH - 2)
        if (!(path in seen)) { seen[path]; real[base(path)] = path; paths[++n] = path }
      }
      while ((getline line <at) > 0) {
        split(line, f, "\t")
        if (f[4] == "directory" && f[3] == "") dir = f[5]
        path = f[5] ~ /^\// ? f[5] : dir "/" f[5]
        if (!(path in place)) { place[path] = f[1] ":" f[2]; owner[path] = f[3] == "" ? f[4] : f[3] }
      }
    }
    function told(what, path,    needs) {
      needs = what ~ /^channel / ? "rw" : "r"
      if (count++ < 3) said = said (said == "" ? "" : "; ") what (path in place ? " (" place[path] ")" : "") " is denied " path ", which the rule " (base(path) in real ? real[base(path)] : path) " " needs ", would allow"
    }
    match($0, /file .* failed: permission denied/) {
      path = substr($0, RSTART + 5, RLENGTH - 31)
      name = $0
      sub(/\/.*/, "", name)
      told(name, path)
      hit = 1
      next
    }
    /^\/.*: permission denied$/ { path = $0; sub(/: permission denied$/, "", path); told(owner[path], path); hit = 1; next }
    { if (first == "") first = $0 }
    END {
      if (!hit) {
        said = first
        for (i = 1; i <= n && i <= 3; i++) said = said (i == 1 ? " (denied: " : ", ") paths[i] (i == n || i == 3 ? ")" : "")
      } else if (count > 3) said = said "; and " count - 3 " more"
      print said
    }' "$T/rehearsed"
}
