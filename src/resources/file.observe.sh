# observe_file KEY PATH
observe_file() {
  if [ -L "$2" ]; then
    read_later "$1" link "$2"
  elif [ -f "$2" ]; then
    if [ -r "$2" ]; then
      read_later "$1" file "$2"
    else
      frame "$1" unknown
      echo "no permission to read $2"
    fi
  elif [ -e "$2" ]; then
    frame "$1" other
    stat -c '%F' -- "$2"
  elif reachable "$2"; then
    frame "$1" absent
  else
    frame "$1" unknown
    echo "no permission to look for $2"
  fi
}
