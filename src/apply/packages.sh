# install_packages NAME...: forward only. Simulated first, and refused where apt would do more than bring
# these packages and what they newly depend on.
install_packages() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none
  export DEBIAN_FRONTEND NEEDRESTART_MODE NEEDRESTART_SUSPEND APT_LISTCHANGES_FRONTEND
  progress packages "$*"
  if ! _plan=$(apt-get -s -q --no-install-recommends install -- "$@" 2>&1); then
    progress packages 'refreshing the lists of packages'
    _said=$(apt-get -q -o DPkg::Lock::Timeout=120 update 2>&1) || { ended refused "apt-get update failed: $(printf '%s\n' "$_said" | tail -n 1)"; return; }
    _plan=$(apt-get -s -q --no-install-recommends install -- "$@" 2>&1) || { ended refused "apt cannot install $*: $(printf '%s\n' "$_plan" | grep '^E:' | head -n 2 | tr '\n' ' ')"; return; }
  fi
  _more=$(printf '%s\n' "$_plan" | awk -v names=" $* " '
    $1 == "Remv" { print "remove " $2 }
    $1 == "Inst" && $3 ~ /^\[/ && index(names, " " $2 " ") == 0 { print "upgrade " $2 }' | head -n 5 | tr '\n' ';')
  [ -z "$_more" ] || { ended refused "installing $* would also ${_more%;}: confine brings packages and what they newly need, and changes no others"; return; }
  if _said=$(apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef \
    -o Dpkg::Use-Pty=0 --no-install-recommends --no-remove install -- "$@" </dev/null 2>&1); then
    ended committed ''
  else
    printf '%s\n' "$_said" | tail -n 20 >"$T/log"
    ended failed "apt-get install $* failed: $(printf '%s\n' "$_said" | grep -E '^(E|dpkg):' | tail -n 1)"
  fi
}

case $1 in
  run)
    true >"$T/progress"
    if take_lock -w 1; then
      # shellcheck disable=SC2046 # names of packages hold no spaces: one a line
      install_packages $(cat "$T/names") 9>&-
    else
      ended locked "$(holder)"
    fi
    ;;
esac
