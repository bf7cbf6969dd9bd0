# Files and links: node N PATH KIND MODE OWNER:GROUP TARGET PREIMAGE ("-" for an empty field)

preimage() {
  if [ -L "$1" ]; then
    printf 'link:%s\n' "$(readlink -- "$1")"
  elif [ -f "$1" ]; then
    _sum=$(sha256sum <"$1")
    printf 'file:%s:%s\n' "${_sum%% *}" "$(stat -c '%a:%U:%G' -- "$1")"
  elif [ -e "$1" ]; then
    echo other
  else
    echo absent
  fi
}

node_unchanged() {
  [ "$(preimage "$2")" = "$7" ] || fail "$2 has changed since it was observed"
}

# source PATH PREIMAGE: what a profile is compiled from, whether it is changed or not
source_unchanged() {
  [ "$(preimage "$1")" = "$2" ] || fail "$1 has changed since it was observed"
}

# The old node is kept twice: in the journal, and beside its place, so that undo is a rename and needs no space.
node_journal() {
  if [ -e "$2" ] || [ -L "$2" ]; then
    cp -a -- "$2" "$T/old/$1" || fail "cannot keep the old $2"
    [ -L "$2" ] || sync "$T/old/$1"
  fi
}

missing_dirs() {
  _dir=${2%/*}
  while [ ! -d "$_dir" ]; do
    printf '%s\n' "$_dir" >>"$T/dirs"
    _dir=${_dir%/*}
  done
}

beside() {
  printf '%s/.confine-%s-%s\n' "${2%/*}" "$id" "$1"
}

# What undo puts back; a copy that found no room is not to take the room of the reason.
node_stage_old() {
  _at=$(beside "$1" "$2")
  if [ -e "$T/old/$1" ] || [ -L "$T/old/$1" ]; then
    [ -d "${2%/*}" ] || return 0
    cp -a -- "$T/old/$1" "$_at.old" || { rm -f -- "$_at.old"; fail "cannot stage the old $2"; return 1; }
    [ -L "$_at.old" ] || sync "$_at.old"
  fi
}

node_stage() {
  [ "$3" = absent ] || mkdir -p -- "${2%/*}" || fail "cannot make the folder of $2" || return 1
  node_stage_old "$1" "$2" || return 1
  case $3 in
    file)
      cp -- "$T/new/$1" "$_at.new" && chown -- "$5" "$_at.new" && chmod -- "$4" "$_at.new" && sync "$_at.new" ||
        fail "cannot stage $2"
      ;;
    link) ln -s -- "$6" "$_at.new" || fail "cannot stage $2" ;;
  esac
}

node_place() {
  if [ "$3" = absent ]; then
    rm -f -- "$2" || fail "cannot remove $2" || return 1
  else
    mv -fT -- "$(beside "$1" "$2").new" "$2" || fail "cannot put $2 in place" || return 1
  fi
  sync "${2%/*}"
}

node_back() {
  _at=$(beside "$1" "$2")
  if { [ -e "$_at.old" ] || [ -L "$_at.old" ]; } && mv -fT -- "$_at.old" "$2"; then
    :
  elif [ -e "$T/old/$1" ] || [ -L "$T/old/$1" ]; then
    mkdir -p -- "${2%/*}" && cp -a -- "$T/old/$1" "$_at.old" && mv -fT -- "$_at.old" "$2"
  elif [ "$7" = absent ]; then
    rm -f -- "$2"
  fi
  [ ! -d "${2%/*}" ] || sync "${2%/*}"
}

node_is_back() {
  [ "$(preimage "$2")" = "$7" ] || fail "$2 could not be put back"
}

node_clean() {
  _at=$(beside "$1" "$2")
  rm -f -- "$_at.old" "$_at.new"
}

dirs_back() {
  [ ! -e "$T/dirs" ] || while IFS= read -r _dir; do rmdir -- "$_dir" 2>/dev/null; done <"$T/dirs"
  return 0
}
