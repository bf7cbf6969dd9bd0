# observe_shipped KEY FILE: a package's file as it is, and as the package brings it: from what dpkg put beside it when it was
# kept, else out of the package itself, which is fetched into a folder that goes with the trip
observe_shipped() {
  frame "$1" now
  cat -- "$2" 2>/dev/null
  # shellcheck disable=SC2016 # dpkg-query fills in its own fields
  _owner=$(dpkg-query -S "$2" 2>/dev/null | sed -n '1s/: .*//p')
  if [ -z "$_owner" ]; then
    frame "$1" unknown
    printf 'no package brings %s\n' "$2"
    return
  fi
  frame "$1" package
  printf '%s\n' "$_owner"
  # shellcheck disable=SC2016
  _sum=$(dpkg-query -W -f '${Conffiles}\n' "$_owner" 2>/dev/null | awk -v file="$2" '$1 == file { print $2; exit }')
  for _copy in "$2" "$2.dpkg-dist" "$2.dpkg-new"; do
    [ "$(md5sum <"$_copy" 2>/dev/null)" = "$_sum  -" ] || continue
    frame "$1" packaged
    cat -- "$_copy"
    return
  done 2>/dev/null
  _folder=$(mktemp -d) || return
  # shellcheck disable=SC2016
  _version=$(dpkg-query -W -f '${Version}' "$_owner" 2>/dev/null)
  _said=$(cd "$_folder" && apt-get -q -o APT::Sandbox::User=root download "$_owner=$_version" 2>&1) &&
    dpkg-deb --fsys-tarfile "$_folder"/*.deb 2>/dev/null | tar -xO "./${2#/}" >"$_folder/packaged" 2>/dev/null
  if [ "$(md5sum <"$_folder/packaged" 2>/dev/null)" = "$_sum  -" ]; then
    frame "$1" packaged
    cat -- "$_folder/packaged"
  else
    frame "$1" unknown
    printf 'the file of %s %s could not be fetched: %s\n' "$_owner" "$_version" "$(printf '%s\n' "$_said" | grep -m 1 '^E: ')"
  fi
  rm -rf -- "$_folder"
}
