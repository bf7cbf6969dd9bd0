# observe_file KEY PATH
observe_file() {
  if [ -L "$2" ]; then
    frame "$1" link
    readlink -n -- "$2"
  elif [ -f "$2" ]; then
    if [ -r "$2" ]; then
      frame "$1" file
      stat -c '%a %U %G' -- "$2"
      frame "$1" content
      cat -- "$2"
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
