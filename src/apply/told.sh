# told FOLDER: somebody knows how it ended. What was refused changed nothing, and leaves nothing; a packages phase
# has nothing to take back.
told() {
  [ -e "$1/outcome" ] || return 0
  case $1:$(head -n 1 "$1/outcome") in
    /run/* | *refused | *locked) discard "$1" ;;
    *) true >"$1/told" ;;
  esac
}

# discard FOLDER: and those above it that were made for it
discard() {
  rm -rf -- "$1"
  rmdir -- "${1%/*}" /var/lib/confine 2>/dev/null
  return 0
}
