# The transaction: a plan's changes on this host, all or nothing. Runs detached from the connection.
# usage: sh run.sh run|recover|undo|end|watch FOLDER
# FOLDER holds: manifest (tab-separated changes), meta, new/N (bytes to put in place), and what this writes:
# old/N, dirs, phase, progress, why, outcome. One that makes a hold has it in hold, and its inverse in end/.

# phase NAME: on disk before anything of that phase happens
phase() {
  { printf '%s\n' "$1" >"$T/phase.new"; } 2>/dev/null && sync "$T/phase.new" && mv -f -- "$T/phase.new" "$T/phase" && sync "$T" &&
    progress phase "$1" && return 0
  rm -f -- "$T/phase.new"
  return 1
}

# fail TEXT: why this transaction can't go on
fail() {
  printf '%s\n' "$1" >"$T/${why:-why}"
  return 1
}

# each KIND FUNCTION: calls the function with the fields of each manifest line of that kind
each() {
  _kind=$1 _function=$2
  while IFS=$TAB read -r kind a b c d e f g; do
    [ "$kind" = "$_kind" ] || continue
    "$_function" "$a" "$b" "$c" "$d" "$e" "$f" "$g" </dev/null || return 1
  done <"$T/manifest"
}

has() {
  grep -q "^$1$TAB" "$T/manifest"
}

check_before() {
  _other=$(unfinished)
  [ -z "$_other" ] || fail "the transaction ${_other##*/} was left unfinished, and could not be finished" || return 1
  each node node_unchanged && each source source_unchanged && each audited audited_unchanged && each unit unit_unchanged || return 1
  each hold hold_possible && each watching watch_possible || return 1
  each watch baseline
  settled
  if has watch && [ "$(meta baseline)" = required ] && [ ! -s "$T/base/soa" ]; then
    command -v dig >/dev/null 2>&1 || fail 'no dig on this host, so nothing can prove that DNS answers: add bind9-dnsutils to a package task' || return 1
    [ ! -e "$T/base/unread" ] || fail "which zones named has is not known, so nothing could prove that it still answers afterwards: $(cat "$T/base/unread"); --no-baseline goes on all the same" || return 1
    fail 'no zone answers with authority on this host now, so nothing could prove that it still does afterwards; --no-baseline goes on all the same'
    return 1
  fi
  [ -z "$(meta profiles)" ] || denials_known
}

denials_known() {
  denials_mark
  denied_before >"$T/denied-before"
  return 0
}

# What ends a hold may come right behind a boot, while named still loads its zones.
settled() {
  _patience=$(meta patience)
  _until=$(($(date +%s) + ${_patience:-0}))
  while [ ! -s "$T/base/soa" ] && [ "$(date +%s)" -lt "$_until" ]; do
    sleep 1
    each watch baseline
  done
}

validate_profiles() {
  has profile || has audited || return 0
  stage_apparmor && each node stage_node && each profile profile_parses && each audited audited_parses && each rehearse rehearse || return 1
  rm -rf -- "$T/stage"
}

validate_units() {
  has verify || return 0
  mkdir -p "$T/units" && each node stage_unit_node && each verify unit_verifies || return 1
  rm -rf -- "$T/units"
}

# Profiles and units at once: each asks a slow program.
validate() {
  (why='why-units' && validate_units) &
  _units=$!
  validate_profiles || { wait; return 1; }
  wait "$_units" || { mv -f -- "$T/why-units" "$T/why"; return 1; }
  # For what the baseline still asks.
  wait
}

# on_disk NAME...: a file of the transaction that a boot or an undo reads is there for good only when it was synced,
# and so is a folder. Who wrote it did not wait for that.
on_disk() {
  find "$@" -type f -exec sync {} + && sync "$T" "${T%/*}" "$state"
}

put_in_place() {
  _files=$(grep -c "^node$TAB" "$T/manifest")
  progress place "$_files file$([ "$_files" = 1 ] || echo s)"
  each node node_place && each profile profile_load && each audited audited_load && each backlog backlog_set || return 1
  if has daemon-reload; then
    progress daemon-reload
    _said=$(systemctl daemon-reload 2>&1) || fail "systemctl daemon-reload failed: $_said" || return 1
  fi
  each enabled unit_enable && each run unit_run
}

proven() {
  progress health
  each expect attested && each inside runs_inside && each has has_trait && each watch watched && return 0
  each run keep_log
  return 1
}

# A transaction with an outcome is over, and one without is not, so that is on the disk before nothing recovers it.
# What could not be cleared away leaves its recovery to try again.
over() {
  outcome "$1"
  [ -n "${untidy:-}" ] || disarm_recovery
}

# What is of no use any more, beside live files and in the journal
tidy() {
  each node node_clean || untidy=yes
  rm -rf -- "$T/new" "$T/stage" "$T/units" "$T/reserve" || untidy=yes
}

outcome() {
  ended "$1" "$(head -n 1 "$T/reason" 2>/dev/null)"
}

# prune: what stands is kept whole, for undo. Of others that are over and were told, no bytes are needed, and the newest
# 20 outcomes will do; only where a person is needed, all stays as it was found.
prune() {
  set --
  for _other in "$state"/transactions/*/outcome; do
    _other=${_other%/outcome}
    { IFS= read -r _phase <"$_other/phase"; } 2>/dev/null || continue
    case $_other:$_phase in
      "$T":*) ;;
      *:closed) set -- "$@" "$_other" ;;
      *:undone | *:refused | *:locked) [ ! -e "$_other/told" ] || set -- "$@" "$_other" ;;
    esac
  done
  while [ $# -gt 0 ]; do
    if [ $# -gt 20 ]; then
      rm -rf -- "$1"
    elif ! grep -q "^outcome${TAB}unhealthy" "$1/outcome"; then
      rm -rf -- "$1/old" "$1/new" "$1/base"
    fi
    shift
  done
  # What never came to a phase: the host or the connection went down while it was sent.
  for _other in "$state"/transactions/*; do
    [ -e "$_other/phase" ] || [ -z "$(find "$_other" -prune -mtime +0)" ] || rm -rf -- "$_other"
  done
}

# What undo on demand compares with: a change by another hand since is not to be lost.
node_note() {
  preimage "$2" >"$T/placed-$1"
}

commit() {
  each watch record_start
  each node node_note && on_disk "$T" && phase committed || fail 'cannot write to /var/lib/confine'
}

# What a commit still clears away, from wherever it stopped. Whether that works changes nothing: the plan stands.
settle() {
  tidy
  each release hold_release
  each unwatch watch_gone
  prune
  over committed
}

# Nothing live was touched, so nothing is to be undone and nothing of this stays but the outcome.
refuse() {
  rehearsal_gone
  tidy
  dirs_back
  rm -rf -- "$T/old"
  if [ -s "$T/why" ]; then cp -- "$T/why" "$T/reason"; else echo 'cannot write to /var/lib/confine' >"$T/reason"; fi
  phase refused
  over "$1"
}

back() {
  each node node_back
  dirs_back
  each profile profile_back
  each audited profile_back
  each backlog backlog_back
  if has daemon-reload || has enabled; then systemctl daemon-reload; fi
  each enabled unit_enable_back
}

# What undo says is looked at, too.
is_back() {
  each node node_is_back && each profile profile_is_back && each audited profile_is_back &&
    each backlog backlog_is_back && each enabled enabled_is_back && each watch unit_is_back
}

undo() {
  rm -rf -- "$T/reserve" "$T/stage"
  [ -e "$T/reason" ] || cp -- "$T/why" "$T/reason" 2>/dev/null
  phase undoing
  back
  progress undo
  # A load that failed half way may have left the process under another policy, so it restarts if it was to.
  [ ! -e "$T/ran" ] || each run unit_run_back
  each under under_back
  each hold hold_remove
  each watching watch_gone
  each release hold_stopped
  phase undone
  judge
}

# as_before UNIT: what did not run before has nothing to answer
as_before() {
  case $(cat "$T/base/active" 2>/dev/null) in inactive | failed) [ "$(named_pid "$1")" -gt 0 ] || return 0 ;; esac
  healthy "$1"
}

# Whether DNS answers again is a part of the outcome.
judge() {
  tidy
  # That may have made the room which a full disk had not had for it.
  grep -qx undone "$T/phase" || phase undone
  prune
  # Of a host that goes down nothing more can be asked: the boot has the last word.
  [ "$(systemctl is-system-running 2>/dev/null)" != stopping ] || { arm_recovery; return 0; }
  if is_back && each watch as_before; then
    each watch record_start
    over undone
  else
    # Both are of use to whoever has to go there: why it was undone, and what is wrong now.
    printf '%s; then: %s\n' "$(head -n 1 "$T/reason" 2>/dev/null)" "$(head -n 1 "$T/why")" >"$T/reason.new" && mv -f -- "$T/reason.new" "$T/reason"
    over unhealthy
  fi
}

run() {
  true >"$T/progress"
  # Given back before anything is undone or refused, so that a full disk can't keep the outcome from being written.
  head -c 65536 /dev/zero >"$T/reserve" && mkdir -p "$T/old" && true >"$T/dirs" && on_disk "$T" && phase checking && arm_recovery &&
    check_before && progress validate && validate &&
    each node node_journal && each enabled links_journal && each node missing_dirs && sync "$T/old" "$T/dirs" &&
    phase staging && each node node_stage && phase applying || { refuse refused; return; }
  put_in_place && proven && confirmed && each hold hold_make && each watching watch_make && commit || { undo; return; }
  settle
}

# Takes back a committed transaction, if all is still as it had left it. How it went stands in the file undo;
# what is refused stays committed.
undo_committed() {
  IFS= read -r _phase <"$T/phase"
  if [ "$_phase" != committed ]; then
    fail "transaction $id is $_phase, not committed"
  else
    each node node_as_placed && { arm_recovery && back_rehearsed && each node node_stage_old || { each node node_clean; disarm_recovery && false; }; }
  fi || {
    printf 'outcome\trefused\nreason\t%s\nid\t%s\n' "$(head -n 1 "$T/why")" "$id" >"$T/undo"
    return
  }
  echo 'taken back on demand' >"$T/reason"
  has watch && each watch baseline && wait
  true >"$T/ran"
  # shellcheck disable=SC2034 # under_back reads it
  on_demand=yes
  rm -f -- "$T/outcome"
  undo
  sed 's/^outcome\tundone$/outcome\trestored/' "$T/outcome" >"$T/undo.new"
  mv -f -- "$T/undo.new" "$T/undo"
}

# What is given back may deny more than what is there now.
back_rehearsed() {
  has profile && has watch || return 0
  denials_known
  stage_apparmor && each node stage_old && each profile rehearse_back
  _fine=$?
  rm -rf -- "$T/stage"
  return "$_fine"
}

# systemd has read the recovery unit along with ours, and is to forget it; nobody waits for that.
let_go() {
  exec 9>&-
  ! has daemon-reload || systemctl daemon-reload
}

node_as_placed() {
  # What a rollout notes of itself meanwhile goes with it.
  [ "$2" != "$rollout" ] || return 0
  # Where somebody has taken it back already, nothing is lost.
  case $(preimage "$2") in "$(cat "$T/placed-$1")" | "$7") ;; *) fail "$2 is no longer as transaction $id had left it" ;; esac
}

case $1 in
  boot)
    recover_at_boot
    ;;
  run)
    id=${T##*/}
    _wait=$(meta wait)
    if take_lock -w "${_wait:-1}" && finish_others; then
      run 9>&-
      let_go
    else
      rm -f -- "$T/reserve"
      holder >"$T/reason"
      printf 'locked\n' >"$T/phase"
      outcome locked
    fi
    ;;
  recover)
    id=${T##*/}
    # The usual end: whoever comes next is not kept from the lock.
    [ ! -e "$T/outcome" ] || [ -e "$recovery" ] || exit 0
    take_lock -w 150 || exit 1
    recover 9>&-
    let_go
    ;;
  end)
    hold_end
    ;;
  watch)
    watch_host
    ;;
  undo)
    id=${T##*/}
    if take_lock -w 1 && finish_others; then
      undo_committed 9>&-
      let_go
    else
      printf 'outcome\tlocked\nreason\t%s\nid\t%s\n' "$(holder)" "$id" >"$T/undo"
    fi
    ;;
esac
