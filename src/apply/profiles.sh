# Profiles: profile NAME FILE FROM TO, under UNIT PROFILE (which the profile holds less from now on)

kernel_mode() {
  for _dir in /sys/kernel/security/apparmor/policy/profiles/*/; do
    { IFS= read -r _name <"${_dir}name"; } 2>/dev/null || continue
    [ "$_name" = "$1" ] || continue
    IFS= read -r _mode <"${_dir}mode"
    printf '%s\n' "$_mode"
    return 0
  done
  echo absent
}

profile_load() {
  if [ "$4" = absent ]; then
    progress unload "$1"
    [ "$(kernel_mode "$1")" != absent ] || return 0
    _said=$(apparmor_parser -R -- "$2" 2>&1) || fail "the kernel keeps profile $1: $_said" || return 1
    [ "$(kernel_mode "$1")" = absent ] || fail "profile $1 is still loaded after unloading"
    return
  fi
  progress profile "$1 $4"
  _said=$(apparmor_parser -r -W -- "$2" 2>&1) || fail "the kernel refused profile $1: $_said" || return 1
  [ "$(kernel_mode "$1")" = "$4" ] || fail "profile $1 is in $(kernel_mode "$1") mode after loading, not in $4"
}

profile_back() {
  case $3 in
    absent) apparmor_parser -R -- "$2" ;;
    *) apparmor_parser -r -W -- "$2" ;;
  esac >/dev/null 2>&1
  [ "$(kernel_mode "$1")" != "$3" ] || return 0
  # Its mode was none of its files: it was loaded so by hand, or before it had a link in disable/, at which the parser
  # passes over a file that it is given by name.
  case $3 in
    absent) ;;
    complain) apparmor_parser -r -C <"$2" ;;
    *) apparmor_parser -r <"$2" ;;
  esac >/dev/null 2>&1
  return 0
}

profile_is_back() {
  _is=$(kernel_mode "$1")
  [ "$_is" = "$3" ] || fail "profile $1 is $_is in the kernel, and was $3"
}

# Only a restart confines again what was unconfined, and proves a profile that is tightened on demand.
under_back() {
  [ "$(kernel_mode "$2")" != absent ] || return 0
  [ ! -e "$T/ran" ] || ! grep -qF "run$TAB$1${TAB}restart" "$T/manifest" || return 0
  [ -n "${on_demand:-}" ] || ! runs_under "$1" "$2" || return 0
  unit_run_back "$1" restart
}

runs_under() {
  case $(label_of "$(named_pid "$1")") in "$2 "* | "$2//"* | *"//&$2 "*) return 0 ;; esac
  return 1
}

# A staged tree, for the new files or the old ones; without -b the parser would read the live ones.
stage_apparmor() {
  rm -rf -- "$T/stage"
  policy_tree "$T/stage/apparmor.d" || fail 'cannot stage /etc/apparmor.d'
}

stage_node() {
  in_tree "$T/stage/apparmor.d" "$2" || return 0
  case $3 in
    file) cp -- "$T/new/$1" "$_to" ;;
    link) ln -s -- "$6" "$_to" ;;
  esac
}

stage_old() {
  in_tree "$T/stage/apparmor.d" "$2" || return 0
  [ ! -e "$T/old/$1" ] && [ ! -L "$T/old/$1" ] || cp -a -- "$T/old/$1" "$_to"
}

profile_parses() {
  [ "$4" != absent ] || return 0
  _said=$(apparmor_parser -Q -K -b "$T/stage/apparmor.d" -- "$T/stage/apparmor.d/${2#/etc/apparmor.d/}" 2>&1) ||
    fail "the profile $1 with its new rules does not parse: $(printf '%s' "$_said" | grep -v '^Warning' | sed "s#$T/stage/apparmor.d#/etc/apparmor.d#g" | head -n 3 | tr '\n' ' ')"
}

# a copy of a profile's file, loaded in its place: audited NAME FILE MODE N PREIMAGE

audited_unchanged() {
  [ "$(preimage "$2")" = "$5" ] || fail "$2 has changed since it was observed"
}

# The copy lies among all that it includes, so that local rules are those of the host; the cache never has it.
audited_parse() {
  in_tree "$T/stage/apparmor.d" "$2" && cp -- "$T/new/$4" "$_to" || fail 'cannot stage the audited copy' || return 1
  shift 4
  _said=$(apparmor_parser "$@" -K -b "$T/stage/apparmor.d" -- "$_to" 2>&1)
}

audited_parses() {
  audited_parse "$1" "$2" "$3" "$4" -Q || fail "the audited copy of profile $1 does not parse: $_said"
}

audited_load() {
  progress profile "$1 $3 audited"
  stage_apparmor && { audited_parse "$1" "$2" "$3" "$4" -r || fail "the kernel refused the audited copy of profile $1: $_said"; } || return 1
  rm -rf -- "$T/stage"
  [ "$(kernel_mode "$1")" = "$3" ] || fail "profile $1 is in $(kernel_mode "$1") mode after loading, not in $3"
}
