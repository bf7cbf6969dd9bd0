# observe_others KEY FILE...: those of these files that are there; what bears on confinement, and is no task
observe_others() {
  _key=$1
  shift
  frame "$_key" asked
  for _file in "$@"; do
    [ ! -f "$_file" ] || read_later "$_key part" file "$_file"
  done
}
