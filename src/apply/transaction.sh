# The transaction: a plan's changes on this host, all or nothing. Runs detached from the connection.
# usage: sh run.sh run|recover|undo|end FOLDER
# FOLDER holds: manifest (tab-separated changes), meta, new/N (bytes to put in place), and what this writes:
# old/N, dirs, phase, progress, why, outcome. One that makes a hold has it in hold, and its inverse in end/.

recovery=/etc/systemd/system/confine-recover.service

# phase NAME: on disk before anything of that phase happens
phase() {
  printf '%s\n' "$1" >"$T/phase.new" 2>/dev/null && sync "$T/phase.new" && mv -f -- "$T/phase.new" "$T/phase" && sync "$T"
  progress phase "$1"
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

# ---- files and links: node N PATH KIND MODE OWNER:GROUP TARGET PREIMAGE ("-" for an empty field)

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

node_stage() {
  [ "$3" = absent ] || mkdir -p -- "${2%/*}" || fail "cannot make the folder of $2" || return 1
  _at=$(beside "$1" "$2")
  if [ -e "$T/old/$1" ] || [ -L "$T/old/$1" ]; then
    cp -a -- "$T/old/$1" "$_at.old" || fail "cannot stage the old $2" || return 1
    [ -L "$_at.old" ] || sync "$_at.old"
  fi
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
  if [ -e "$_at.old" ] || [ -L "$_at.old" ]; then
    mv -fT -- "$_at.old" "$2"
  elif [ -e "$T/old/$1" ] || [ -L "$T/old/$1" ]; then
    mkdir -p -- "${2%/*}" && cp -a -- "$T/old/$1" "$_at.old" && mv -fT -- "$_at.old" "$2"
  else
    rm -f -- "$2"
  fi
  [ ! -d "${2%/*}" ] || sync "${2%/*}"
}

node_clean() {
  _at=$(beside "$1" "$2")
  rm -f -- "$_at.old" "$_at.new"
}

dirs_back() {
  [ ! -e "$T/dirs" ] || while IFS= read -r _dir; do rmdir -- "$_dir" 2>/dev/null; done <"$T/dirs"
  return 0
}

# ---- profiles: profile NAME FILE FROM TO, under UNIT PROFILE (which the profile holds less from now on)

kernel_mode() {
  for _dir in /sys/kernel/security/apparmor/policy/profiles/*/; do
    { IFS= read -r _name <"${_dir}name"; } 2>/dev/null || continue
    [ "$_name" = "$1" ] || continue
    IFS= read -r _mode <"${_dir}mode"
    printf '%s\n' "$_mode"
    return 0
  done
  echo absent
}

profile_load() {
  if [ "$4" = absent ]; then
    progress unload "$1"
    [ "$(kernel_mode "$1")" != absent ] || return 0
    _said=$(apparmor_parser -R -- "$2" 2>&1) || fail "the kernel keeps profile $1: $_said" || return 1
    [ "$(kernel_mode "$1")" = absent ] || fail "profile $1 is still loaded after unloading"
    return
  fi
  progress profile "$1 $4"
  _said=$(apparmor_parser -r -W -- "$2" 2>&1) || fail "the kernel refused profile $1: $_said" || return 1
  [ "$(kernel_mode "$1")" = "$4" ] || fail "profile $1 is in $(kernel_mode "$1") mode after loading, not in $4"
}

profile_back() {
  case $3 in
    absent) apparmor_parser -R -- "$2" ;;
    *) apparmor_parser -r -W -- "$2" ;;
  esac >/dev/null 2>&1
  _is=$(kernel_mode "$1")
  [ "$_is" = "$3" ] || [ "$3" != complain ] || apparmor_parser -r -C -- "$2" >/dev/null 2>&1
  return 0
}

# ---- a copy of a profile's file, loaded in its place: audited NAME FILE MODE N PREIMAGE

audited_unchanged() {
  [ "$(preimage "$2")" = "$5" ] || fail "$2 has changed since it was observed"
}

# The copy lies among all that it includes, so that local rules are those of the host; the cache never has it.
audited_parse() {
  _copy=$T/stage/apparmor.d/${2#/etc/apparmor.d/}
  _node=$4
  shift 4
  cp -- "$T/new/$_node" "$_copy" || fail 'cannot stage the audited copy' || return 1
  _said=$(apparmor_parser "$@" -K -b "$T/stage/apparmor.d" -- "$_copy" 2>&1)
}

audited_parses() {
  audited_parse "$1" "$2" "$3" "$4" -Q || fail "the audited copy of profile $1 does not parse: $_said"
}

audited_load() {
  progress profile "$1 $3 audited"
  stage_apparmor && { audited_parse "$1" "$2" "$3" "$4" -r || fail "the kernel refused the audited copy of profile $1: $_said"; } || return 1
  rm -rf -- "$T/stage"
  [ "$(kernel_mode "$1")" = "$3" ] || fail "profile $1 is in $(kernel_mode "$1") mode after loading, not in $3"
}

audited_back() {
  profile_back "$1" "$2" "$3"
}

# Only a restart confines again what was unconfined, and proves a profile that is tightened on demand.
under_back() {
  [ "$(kernel_mode "$2")" != absent ] || return 0
  [ ! -e "$T/ran" ] || ! grep -qF "run$TAB$1${TAB}restart" "$T/manifest" || return 0
  [ -n "${on_demand:-}" ] || ! runs_under "$1" "$2" || return 0
  unit_run_back "$1" restart
}

runs_under() {
  case $(label_of "$(named_pid "$1")") in "$2 "* | "$2//"* | *"//&$2 "*) return 0 ;; esac
  return 1
}

# ---- backlog FROM TO: how many audit records may wait in the kernel

backlog_set() {
  _said=$(auditctl -b "$2" 2>&1) || fail "auditctl -b $2 failed: $(printf '%s\n' "$_said" | head -n 1)"
}

backlog_back() {
  auditctl -b "$1" >/dev/null 2>&1
  return 0
}

# A staged tree of /etc/apparmor.d with the new files in it; without -b the parser would read the live ones.
stage_apparmor() {
  mkdir -p "$T/stage" && cp -a /etc/apparmor.d "$T/stage/" || fail 'cannot stage /etc/apparmor.d'
}

stage_node() {
  case $2 in /etc/apparmor.d/*) ;; *) return 0 ;; esac
  _to="$T/stage/apparmor.d/${2#/etc/apparmor.d/}"
  mkdir -p "${_to%/*}"
  case $3 in
    absent) rm -f -- "$_to" ;;
    file) cp -- "$T/new/$1" "$_to" ;;
    link) ln -sfn -- "$6" "$_to" ;;
  esac
}

profile_parses() {
  [ "$4" != absent ] || return 0
  _said=$(apparmor_parser -Q -K -b "$T/stage/apparmor.d" -- "$T/stage/apparmor.d/${2#/etc/apparmor.d/}" 2>&1) ||
    fail "the profile $1 with its new rules does not parse: $(printf '%s' "$_said" | grep -v '^Warning' | sed "s#$T/stage/apparmor.d#/etc/apparmor.d#g" | head -n 3 | tr '\n' ' ')"
}

# ---- units: verify UNIT, daemon-reload -, enabled UNIT FROM TO, run UNIT restart|start|stop|reload

# systemd-analyze verify exits 0 on unknown keys, so what counts is whether it names a staged file.
unit_verifies() {
  SYSTEMD_UNIT_PATH="$T/units:" systemd-analyze verify --man=no -- "$1" >/dev/null 2>"$T/verify" </dev/null
  _said=$(grep -F "$T/units/" "$T/verify" | grep -vE 'is marked (executable|world-writable)' | sed "s#$T/units#/etc/systemd/system#g" | head -n 3 | tr '\n' ' ')
  [ -z "$_said" ] || fail "systemd does not take the drop-in: $_said"
}

stage_unit_node() {
  case $2 in /etc/systemd/system/*) ;; *) return 0 ;; esac
  _to="$T/units/${2#/etc/systemd/system/}"
  mkdir -p "${_to%/*}"
  [ "$3" != file ] || { cp -- "$T/new/$1" "$_to" && chmod 0644 "$_to"; }
}

unit_enable() {
  progress "$3" "$1"
  _said=$(systemctl --quiet "$3" -- "$1" 2>&1) || fail "systemctl $3 $1 failed: $_said"
}

unit_enable_back() {
  case $2 in
    enabled) systemctl --quiet enable -- "$1" ;;
    disabled) systemctl --quiet disable -- "$1" ;;
  esac 2>/dev/null
  return 0
}

unit_run() {
  progress "$2" "$1"
  : >"$T/ran"
  systemctl reset-failed -- "$1" 2>/dev/null
  _said=$(timeout 150 systemctl "$2" -- "$1" 2>&1) && return 0
  printf 'systemctl %s %s: %s\n' "$2" "$1" "$(printf '%s\n' "$_said" | head -n 1)" >"$T/why"
  journalctl -q -u "$1" -n 20 --no-pager -o cat >"$T/log" 2>/dev/null
  return 1
}

unit_run_back() {
  systemctl reset-failed -- "$1" 2>/dev/null
  if [ "$2" = start ] && [ "$(cat "$T/base/active" 2>/dev/null)" != active ]; then
    systemctl stop -- "$1"
  elif [ "$2" = reload ]; then
    systemctl try-reload-or-restart -- "$1"
  else
    timeout 150 systemctl restart -- "$1"
  fi >/dev/null 2>&1
  return 0
}

# expect UNIT PROFILE MODE
attested() {
  labelled "$@" && return 0
  # A start of Type=simple is over before the process has become named, as on Debian 11.
  [ "$(systemctl show -p Type --value -- "$1")" != notify ] || return 1
  _until=$(($(date +%s) + 10))
  until labelled "$@"; do
    [ "$(date +%s)" -lt "$_until" ] || return 1
    sleep 0.2
  done
}

labelled() {
  _pid=$(named_pid "$1")
  [ "${_pid:-0}" -gt 0 ] || fail "$1 does not run" || return 1
  _is=$(label_of "$_pid")
  [ "$_is" = "$2 ($3)" ] && return 0
  case $_is in "$2//&"*" ($3)" | *"//&$2 ($3)") return 0 ;; esac
  fail "$1 runs as \"$_is\", not as \"$2 ($3)\""
}

# inside UNIT PROGRAM: named runs below a process of the program
runs_inside() {
  _at=$(named_pid "$1")
  while [ "${_at:-0}" -gt 1 ]; do
    case $(readlink "/proc/$_at/exe") in */"$2") return 0 ;; esac
    _at=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$_at/status")
  done
  fail "named of $1 does not run in $2"
}

watched() {
  if healthy "$1"; then
    _new=$(new_denials)
    [ -z "$_new" ] || fail "DNS answers, but the security module denies what it did not deny before: $_new"
  else
    _new=$(new_denials)
    [ -z "$_new" ] || printf '%s (denied: %s)\n' "$(cat "$T/why")" "$_new" >"$T/why"
    return 1
  fi
}

# new_denials: the first few of the profiles at hand that the audit trail had not held before
new_denials() {
  [ -e "$T/denied-before" ] || return 0
  denials_since >"$T/denied-now"
  comm -13 "$T/denied-before" "$T/denied-now" | grep -E "^($(meta profiles)) " | head -n 3 | tr '\n' ';' | sed 's/;$//; s/;/; /g'
}

# ---- the steps

check_before() {
  each node node_unchanged && each audited audited_unchanged || return 1
  each hold hold_possible || return 1
  each watch baseline
  settled
  if has watch && [ "$(meta baseline)" = required ] && [ ! -s "$T/base/soa" ]; then
    command -v dig >/dev/null 2>&1 || fail 'no dig on this host, so nothing can prove that DNS answers: add bind9-dnsutils to a package task' || return 1
    fail 'no zone answers with authority on this host now, so nothing could prove that it still does afterwards; --no-baseline goes on all the same'
    return 1
  fi
  if [ -n "$(meta profiles)" ]; then
    denials_mark
    denied_before >"$T/denied-before"
  fi
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
  stage_apparmor && each node stage_node && each profile profile_parses && each audited audited_parses || return 1
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

# Until the commit, a boot that finds this transaction unfinished undoes it before named starts.
arm_recovery() {
  mkdir -p /etc/systemd/system/sysinit.target.wants
  cp -- "$T/run.sh" "$state/recover.sh" && cp -- "$T/recover.service" "$recovery" && chmod 0644 "$recovery" &&
    ln -sfn ../confine-recover.service /etc/systemd/system/sysinit.target.wants/confine-recover.service &&
    sync "$state/recover.sh" "$recovery" /etc/systemd/system /etc/systemd/system/sysinit.target.wants "$state" ||
    fail 'cannot write the recovery unit'
}

disarm_recovery() {
  rm -f -- /etc/systemd/system/sysinit.target.wants/confine-recover.service "$recovery" "$state/recover.sh"
}

put_in_place() {
  progress place "$(grep -c "^node$TAB" "$T/manifest") files"
  each node node_place && each profile profile_load && each audited audited_load && each backlog backlog_set || return 1
  if has daemon-reload; then
    progress daemon-reload
    _said=$(systemctl daemon-reload 2>&1) || fail "systemctl daemon-reload failed: $_said" || return 1
  fi
  each enabled unit_enable && each run unit_run
}

proven() {
  progress health
  each expect attested && each inside runs_inside && each watch watched
}

outcome() {
  {
    printf 'outcome\t%s\n' "$1"
    printf 'reason\t%s\n' "$(head -n 1 "$T/reason" 2>/dev/null)"
    printf 'at\t%s\n' "$(date +%s)"
    cat "$T/meta"
  } >"$T/outcome.new"
  sync "$T/outcome.new"
  mv -f -- "$T/outcome.new" "$T/outcome"
  sync "$T"
}

# prune: what stands is kept whole, for undo. Of others that are over, no bytes are needed, and the newest 20 outcomes
# will do; only where a person is needed, all stays as it was found.
prune() {
  set --
  for _other in "$state"/transactions/*/outcome; do
    _other=${_other%/outcome}
    { IFS= read -r _phase <"$_other/phase"; } 2>/dev/null || continue
    case $_other:$_phase in
      "$T":*) ;;
      *:undone | *:refused | *:locked | *:closed) set -- "$@" "$_other" ;;
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
}

# What undo on demand compares with: a change by another hand since is not to be lost.
node_note() {
  preimage "$2" >"$T/placed-$1"
}

commit() {
  each watch record_start
  each node node_note || { fail 'cannot write to /var/lib/confine'; return 1; }
  phase committed || fail 'cannot write to /var/lib/confine' || return 1
  disarm_recovery
  each node node_clean
  rm -rf -- "$T/new" "$T/reserve"
  each release hold_release
  prune
  outcome committed
}

# Nothing live was touched, so nothing is to be undone and nothing of this stays but the outcome.
refuse() {
  each node node_clean
  dirs_back
  disarm_recovery
  rm -rf -- "$T/new" "$T/old" "$T/stage" "$T/units" "$T/reserve"
  if [ -s "$T/why" ]; then cp -- "$T/why" "$T/reason"; else echo 'cannot write to /var/lib/confine' >"$T/reason"; fi
  phase refused
  outcome "$1"
}

back() {
  each node node_back
  dirs_back
  each profile profile_back
  each audited audited_back
  each backlog backlog_back
  if has daemon-reload || has enabled; then systemctl daemon-reload; fi
  each enabled unit_enable_back
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
  each release hold_stopped
  phase undone
  disarm_recovery
  each node node_clean
  prune
  if each watch healthy; then
    each watch record_start
    outcome undone
  else
    outcome unhealthy
  fi
  rm -rf -- "$T/new"
}

run() {
  : >"$T/progress"
  # Given back before anything is undone or refused, so that a full disk can't keep the outcome from being written.
  head -c 65536 /dev/zero >"$T/reserve" && mkdir -p "$T/old" && : >"$T/dirs" && phase checking &&
    check_before && progress validate && validate &&
    each node node_journal && each node missing_dirs && sync "$T/old" "$T/dirs" &&
    phase staging && each node node_stage && arm_recovery && phase applying || { refuse refused; return; }
  put_in_place && proven && each hold hold_make && commit || undo
}

# Backwards from wherever it stopped; a transaction that is over is left alone.
recover() {
  IFS= read -r _phase <"$T/phase" 2>/dev/null || return 0
  case $_phase in
    committed | refused) [ -e "$T/outcome" ] || outcome "$_phase" ;;
    closed) [ -e "$T/outcome" ] || outcome committed ;;
    undone) [ -e "$T/outcome" ] || outcome undone ;;
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

# At boot, before AppArmor's profiles load and before named starts: files only, the boot does the rest.
recover_at_boot() {
  for T in "$state"/transactions/*; do
    IFS= read -r _phase <"$T/phase" 2>/dev/null || continue
    id=${T##*/}
    case $_phase in
      applying | undoing | staging)
        each node node_back
        each node node_clean
        each hold hold_forget
        dirs_back
        echo 'the host went down in the middle of the transaction' >"$T/reason"
        phase undone
        outcome undone
        ;;
      checking)
        rm -rf -- "$T"
        ;;
    esac
  done
  disarm_recovery
}

# Takes back a committed transaction, if all is still as it had left it. How it went stands in the file undo;
# what is refused stays committed.
undo_committed() {
  IFS= read -r _phase <"$T/phase"
  if [ "$_phase" != committed ]; then
    fail "transaction $id is $_phase, not committed"
  else
    each node node_as_placed
  fi || {
    printf 'outcome\trefused\nreason\t%s\nid\t%s\n' "$(head -n 1 "$T/why")" "$id" >"$T/undo"
    return
  }
  echo 'taken back on demand' >"$T/reason"
  has watch && each watch baseline && wait
  : >"$T/ran"
  on_demand=yes
  undo
  sed 's/^outcome\tundone$/outcome\trestored/' "$T/outcome" >"$T/undo.new"
  mv -f -- "$T/undo.new" "$T/undo"
}

node_as_placed() {
  [ "$(preimage "$2")" = "$(cat "$T/placed-$1")" ] || fail "$2 is no longer as transaction $id had left it"
}

case $1 in
  boot)
    recover_at_boot
    ;;
  run)
    id=${T##*/}
    _wait=$(meta wait)
    if take_lock -w "${_wait:-0}"; then
      run 9>&-
      exec 9>&-
      # systemd has read the recovery unit along with ours, and is to forget it; nobody waits for that.
      ! has daemon-reload || systemctl daemon-reload
    else
      holder >"$T/reason"
      printf 'locked\n' >"$T/phase"
      outcome locked
    fi
    ;;
  recover)
    id=${T##*/}
    take_lock -w 150 || exit 1
    recover 9>&-
    ;;
  end)
    hold_end
    ;;
  undo)
    id=${T##*/}
    if take_lock -n; then
      undo_committed 9>&-
    else
      printf 'outcome\tlocked\nreason\t%s\nid\t%s\n' "$(holder)" "$id" >"$T/undo"
    fi
    ;;
esac
