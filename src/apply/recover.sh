# Recovery: what finishes a transaction that its own supervisor did not, at the next contact or at boot.

recovery=/etc/systemd/system/confine-recover.service

# Until it is over, a boot that finds this transaction unfinished finishes it before named starts.
arm_recovery() {
  _wants=/etc/systemd/system/sysinit.target.wants
  _said=$({
    mkdir -p "$_wants" && cp -- "$T/run.sh" "$state/recover.sh" && cp -- "$T/recover.service" "$recovery" &&
      chmod 0644 "$recovery" && sync "$state/recover.sh" "$recovery" "$state" /etc/systemd/system &&
      ln -sfn ../confine-recover.service "$_wants/confine-recover.service" && sync "$_wants"
  } 2>&1) || fail "cannot write the unit that recovers at boot: $(printf '%s\n' "$_said" | head -n 1)"
}

disarm_recovery() {
  rm -f -- /etc/systemd/system/sysinit.target.wants/confine-recover.service "$recovery" "$state/recover.sh"
  sync /etc/systemd/system /etc/systemd/system/sysinit.target.wants "$state" 2>/dev/null
}

# Backwards from wherever it stopped; a transaction that is over is left alone.
recover() {
  [ ! -e "$T/outcome" ] || { rehearsal_gone; tidy; disarm_recovery; return 0; }
  _phase=checking
  [ ! -e "$T/phase" ] || IFS= read -r _phase <"$T/phase"
  case $_phase in
    committed | closed) settle ;;
    refused) over refused ;;
    # It never had the lock: a full disk leaves the word empty.
    locked | '') outcome locked ;;
    undone) judge ;;
    checking | staging)
      echo 'the transaction was interrupted before it changed anything' >"$T/why"
      refuse refused
      ;;
    *)
      [ -e "$T/why" ] || echo 'the transaction was interrupted' >"$T/why"
      undo
      ;;
  esac
}

# unfinished: the folder of another transaction that nobody works on: who has the lock asks. One that was turned away
# has no outcome for a moment, and nothing to finish.
unfinished() {
  for _at in "$state"/transactions/*/phase; do
    [ "$_at" != "$T/phase" ] && [ ! -e "${_at%phase}outcome" ] && { IFS= read -r _phase <"$_at"; } 2>/dev/null || continue
    [ "$_phase" = locked ] || { printf '%s\n' "${_at%/phase}"; return; }
  done
}

# Whoever waited for the lock has it before a supervisor that was killed is finished by its own recovery.
finish_others() {
  _tried=
  while _other=$(unfinished) && [ -n "$_other" ] && [ "$_other" != "$_tried" ]; do
    _tried=$_other
    exec 9>&-
    sh "$_other/run.sh" recover "$_other"
    take_lock -w 5 || return 1
  done
}

# At boot, before AppArmor's profiles load and before named starts: files and links only, the boot does the rest.
recover_at_boot() {
  # shellcheck disable=SC2034 # hold_remove and watch_gone read it, and beside() reads id
  booting=yes
  for T in "$state"/transactions/*; do
    # shellcheck disable=SC2034
    id=${T##*/}
    # An undo on demand stages before it is one.
    [ ! -e "$T/outcome" ] || { each node node_clean; continue; }
    _phase=checking
    [ ! -e "$T/phase" ] || IFS= read -r _phase <"$T/phase"
    case $_phase in
      applying | confirming | undoing)
        each node node_back
        each hold hold_remove
        each watching watch_gone
        each release hold_stopped
        each enabled unit_enable_at_boot
        undone_at_boot
        ;;
      staging | undone) undone_at_boot ;;
      committed | closed) settle ;;
      checking | refused | locked | '') rm -rf -- "$T" ;;
    esac
  done
  disarm_recovery
  # It had read its units before this one ran.
  systemctl daemon-reload
}

undone_at_boot() {
  each node node_clean
  dirs_back
  [ -s "$T/reason" ] || echo 'the host went down in the middle of the transaction' >"$T/reason"
  rm -rf -- "$T/new" "$T/stage" "$T/units" "$T/reserve"
  phase undone
  if each node node_is_back && each enabled enabled_is_back; then outcome undone; else outcome unhealthy; fi
}
