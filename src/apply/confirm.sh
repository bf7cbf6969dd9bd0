# Commit-confirmed, as routers have it: what health on the host can't show has to be seen from outside.

# confirmed: waits for the nonce to come back, which only this line of the progress tells.
confirmed() {
  _within=$(meta confirm)
  [ -n "$_within" ] || return 0
  phase confirming
  _nonce=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '%s\n' "$_nonce" >"$T/nonce" || fail 'cannot write to /var/lib/confine' || return 1
  progress confirm "$_nonce"
  # Seconds since the boot, since somebody may set the clock meanwhile.
  _until=$(($(up_seconds) + _within))
  until [ "$(cat "$T/acknowledged" 2>/dev/null)" = "$_nonce" ]; do
    [ "$(up_seconds)" -lt "$_until" ] || fail "DNS answers on the host, but nobody confirmed from outside within $_within s" || return 1
    sleep 0.2
  done
  progress confirmed
  rm -f -- "$T/nonce" "$T/acknowledged"
}
