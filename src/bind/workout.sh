# The work-out: what a name server does, done with the named of this host, and a word on each. It writes zones,
# keys and configuration of its own and restarts named, so it is for hosts of the lab; restore gives back every byte.
# Behind health.sh. usage: workout prepare|run|restore

W=/var/lib/lab-workout
T=$W/scratch
bind_folders='/etc/bind /var/lib/bind /var/cache/bind /var/log/named'
data=/var/lib/bind/workout
key=/etc/bind/workout.key

refuse() {
  printf '%s\n' "$1" >&2
  exit 1
}

workout() {
  [ -e /etc/lab-identity ] || refuse 'this is no host of the lab, and a work-out writes configuration and restarts named'
  case $1 in
    prepare) prepare ;;
    run) run ;;
    restore) restore ;;
  esac
}

# ---- prepare: the old bytes aside, then a configuration that has something for every check

prepare() {
  [ ! -e "$W" ] || refuse "a work-out is prepared here already: $W; restore it first"
  mkdir -m 0700 "$W" && mkdir "$T" || refuse "cannot make $W"
  for _folder in $bind_folders; do [ ! -d "$_folder" ] || printf '%s\n' "${_folder#/}"; done >"$W/saved"
  systemctl --quiet is-active named && : >"$W/was-active"
  tar -C / -cpf "$W/saving.tar" -T "$W/saved" || { rm -rf "$W"; refuse 'cannot keep what BIND has'; }
  # Only a whole archive has the name that restore looks for.
  sync "$W/saving.tar" && mv "$W/saving.tar" "$W/before.tar"
  umask 022
  mkdir -p "$data" /var/log/named && write_zones && write_conf && chown bind:bind "$data" "$data"/* /var/log/named ||
    { restore; refuse 'cannot write what the work-out needs'; }
  _said=$(named-checkconf 2>&1) || { restore; refuse "named would not take the configuration: $_said"; }
}

write_zones() {
  for _zone in dynamic signed added; do zone_file "$_zone" >"$data/$_zone.db"; done
  zone_file transfer >/etc/bind/workout-transfer.db
}

zone_file() {
  cat <<EOF
\$TTL 300
@ IN SOA ns1.$1.workout.test. hostmaster.$1.workout.test. 1 3600 600 86400 300
@ IN NS ns1
ns1 IN A 192.0.2.53
* IN TXT "workout"
EOF
}

write_conf() {
  (umask 027 && printf 'key "workout" { algorithm hmac-sha256; secret "%s"; };\n' "$(head -c 32 /dev/urandom | base64)" >"$key")
  chgrp bind "$key"
  echo 'allow-new-zones yes;' >/etc/bind/workout.options
  sed -i 's#^options[[:space:]]*{#& include "/etc/bind/workout.options";#' /etc/bind/named.conf.options
  echo 'include "/etc/bind/workout.conf";' >>/etc/bind/named.conf.local
  cat >/etc/bind/workout.conf <<EOF
include "$key";
logging {
  channel workout { file "/var/log/named/workout.log"; severity info; print-time yes; };
  category default { default_syslog; workout; };
};
statistics-channels { inet 127.0.0.1 port 8053 allow { 127.0.0.1; }; };
zone "dynamic.workout.test" {
  type primary; file "$data/dynamic.db"; allow-update { key "workout"; }; allow-transfer { key "workout"; };
};
zone "signed.workout.test" {
  type primary; file "$data/signed.db"; key-directory "$data"; dnssec-policy default; inline-signing yes;
};
zone "transfer.workout.test" {
  type secondary; file "/var/cache/bind/workout-transfer.db"; primaries { 127.0.0.1 port 5301; };
};
EOF
  # Whom the last zone comes from: a second named, beside the unit.
  cat >/etc/bind/workout-primary.conf <<EOF
options {
  directory "/var/cache/bind"; listen-on port 5301 { 127.0.0.1; }; listen-on-v6 { none; };
  pid-file none; recursion no; dnssec-validation no; notify no;
};
controls { };
zone "transfer.workout.test" { type primary; file "/etc/bind/workout-transfer.db"; allow-transfer { 127.0.0.1; }; };
EOF
}

# ---- restore: the old bytes, and named as it was found

restore() {
  [ -e "$W/before.tar" ] || { rm -rf "$W"; return 0; }
  systemctl stop named
  for _folder in $bind_folders; do
    [ ! -d "$_folder" ] || find "$_folder" -mindepth 1 -delete
    grep -qxF "${_folder#/}" "$W/saved" || rmdir "$_folder" 2>/dev/null
  done
  tar -C / -xpf "$W/before.tar" || refuse "cannot put back what BIND had: it is in $W/before.tar"
  systemctl reset-failed named 2>/dev/null
  if [ -e "$W/was-active" ]; then
    _said=$(systemctl start named 2>&1) || refuse "what BIND had is back, but named does not start: $_said"
  fi
  rm -rf "$W"
}

# ---- run: lines "check<TAB>NAME<TAB>pass|fail<TAB>DETAIL", and "end" behind the last

# check NAME FUNCTION: its status is the verdict, $detail says what was seen
check() {
  detail='' _verdict=fail
  if "$2"; then _verdict=pass; fi
  printf 'check\t%s\t%s\t%s\n' "$1" "$_verdict" "${detail%%
*}"
}

# within COMMAND...: some things take named a moment; where it does not answer at all, nothing is waited for
patience=10
within() {
  _until=$(($(date +%s) + patience))
  until "$@"; do
    [ "$(date +%s)" -lt "$_until" ] || return 1
    sleep 0.2
  done
}

# answers NAME TYPE [OPTION...]: whether there is an answer, in $detail
answers() {
  detail=$(dig @127.0.0.1 +norec +short +time=2 +tries=1 "$@" 2>&1)
  case $detail in
    '' | *';;'*)
      detail="no answer: $detail"
      return 1
      ;;
  esac
}

# systemd ACTION: as an operator would
systemd() {
  systemctl reset-failed named 2>/dev/null
  _said=$(timeout 60 systemctl "$1" named 2>&1) && return 0
  detail="systemctl $1: ${_said:-no end in 60 s}"
  return 1
}

check_start() {
  systemd restart || return 1
  _pid=$(main_pid named)
  detail="Type=$(systemctl show -p Type --value named), $(label_of "$_pid")"
  [ "${_pid:-0}" -gt 0 ]
}

check_udp() {
  within answers dynamic.workout.test SOA
}

check_tcp() {
  answers dynamic.workout.test SOA +tcp
}

check_rndc_status() {
  detail=$(rndc status 2>&1) && case $detail in *'server is up and running'*) detail='' ;; *) return 1 ;; esac
}

check_transfer_in() {
  within answers transfer.workout.test SOA && within test -s /var/cache/bind/workout-transfer.db || return 1
}

check_zones() {
  zones_of named.service "$_pid" | awk '{ print $1 }' | sort -u >"$T/zones"
  soa 127.0.0.1 "$T/zones" | awk '{ print $1 }' >"$T/answering"
  _lost=$(comm -23 "$T/zones" "$T/answering")
  detail="$(grep -c . "$T/answering") answer"
  [ -z "$_lost" ] || detail="silent: $(printf '%s\n' "$_lost" | tr '\n' ' ')"
  [ -z "$_lost" ] && [ -s "$T/answering" ]
}

check_addzone() {
  detail=$(rndc addzone added.workout.test "{ type primary; file \"$data/added.db\"; };" 2>&1) &&
    within answers added.workout.test SOA
}

check_delzone() {
  detail=$(rndc delzone added.workout.test 2>&1) || return 1
  ! answers added.workout.test SOA || return 1
  detail=''
}

check_update() {
  detail=$(nsupdate -t 5 -k "$key" 2>&1 <<'EOF'
server 127.0.0.1
zone dynamic.workout.test
update add kept.dynamic.workout.test 60 TXT kept
send
EOF
  ) && answers kept.dynamic.workout.test TXT || return 1
  [ "$detail" = '"kept"' ] || return 1
  [ -s "$data/dynamic.db.jnl" ] || { detail='no journal file'; return 1; }
}

signed() {
  dig @127.0.0.1 +norec +noall +answer +dnssec +time=2 +tries=1 signed.workout.test DNSKEY >"$T/dnskey" 2>&1
  grep -q '[[:space:]]DNSKEY[[:space:]]' "$T/dnskey" && grep -q '[[:space:]]RRSIG[[:space:]]DNSKEY' "$T/dnskey"
}

check_dnssec() {
  within signed || { detail="no signed DNSKEY: $(head -n 1 "$T/dnskey")"; return 1; }
  set -- "$data"/K*.private
  [ -s "$1" ] || { detail='no key files'; return 1; }
}

check_transfer_out() {
  detail="$(dig @127.0.0.1 -k "$key" dynamic.workout.test AXFR +noall +answer +time=5 +tries=1 2>&1 | grep -c 'workout\.test\.') records"
  [ "${detail%% *}" -ge 5 ] || return 1
  case $(dig @127.0.0.1 dynamic.workout.test AXFR +time=5 +tries=1 2>&1) in
    *'Transfer failed'*) ;;
    *)
      detail='it was given without a key too'
      return 1
      ;;
  esac
}

check_log() {
  [ -s /var/log/named/workout.log ] || { detail='/var/log/named/workout.log is not written'; return 1; }
}

check_statistics() {
  # shellcheck disable=SC2016 # the inner shell expands its own variables
  detail=$(timeout 10 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8053 && printf "GET /json/v1/status HTTP/1.0\r\n\r\n" >&3 && IFS= read -r line <&3 && printf "%s\n" "${line%?}"' 2>&1)
  case $detail in 'HTTP/1.'?' 200 '*) ;; *) return 1 ;; esac
}

check_dumpdb() {
  rm -f /var/cache/bind/named_dump.db
  detail=$(rndc dumpdb -zones 2>&1) && within grep -qs '^; Dump complete' /var/cache/bind/named_dump.db ||
    { detail="no dump: $detail"; return 1; }
}

# One dig for all: as many processes would take longer than all else together.
check_queries() {
  [ "$patience" -gt 0 ] || { detail='not asked: nothing answers'; return 1; }
  awk 'BEGIN { for (i = 1; i <= 1000; i++) print "@127.0.0.1 host" i ".dynamic.workout.test TXT +norec +short +time=2 +tries=1" }' >"$T/queries"
  detail="$(timeout 60 dig -f "$T/queries" 2>&1 | grep -cx '"workout"') of 1000 answered"
  [ "${detail%% *}" -eq 1000 ]
}

check_reload() {
  _was=$(main_pid named)
  systemd reload && answers dynamic.workout.test SOA || return 1
  [ "$(main_pid named)" = "$_was" ] || { detail='it was another process afterwards'; return 1; }
}

# What the update brought has to be there again: the journal is read at the start.
check_restart() {
  _was=$(main_pid named)
  systemd restart && within answers kept.dynamic.workout.test TXT || return 1
  [ "$detail" = '"kept"' ] || { detail="the update is lost: $detail"; return 1; }
  [ "$(main_pid named)" != "$_was" ] || { detail='it is the same process'; return 1; }
}

check_stop() {
  systemd stop || return 1
  detail=$(systemctl show -p ActiveState,Result named | sort | tr '\n' ' ')
  [ "$detail" = 'ActiveState=inactive Result=success ' ]
}

check_start_again() {
  systemd start && within answers dynamic.workout.test SOA
}

# Without an audit socket, journald has the kernel's copies only (type=1326 is SECCOMP); with one, maybe both.
check_denials() {
  trail_since | grep -E 'apparmor="(DENIED|KILLED)"|SECCOMP|type=1326' | awk '
    /audit: type=/ { copies++; if (copy == "") copy = $0; next }
    { records++; if (record == "") record = $0 }
    END { if (records + copies > 0) print (records > copies ? records : copies) " records, the first: " (record != "" ? record : copy) }' >"$T/denied"
  IFS= read -r detail <"$T/denied" || detail=none
  [ "$detail" = none ]
}

run() {
  [ -e "$W/before.tar" ] || refuse 'no work-out is prepared on this host'
  denials_mark
  named -f -4 -n 1 -u bind -c /etc/bind/workout-primary.conf >"$T/primary" 2>&1 &
  _primary=$!
  check start check_start
  check udp check_udp
  [ "$_verdict" = pass ] || patience=0
  check tcp check_tcp
  check rndc-status check_rndc_status
  check transfer-in check_transfer_in
  check zones check_zones
  check addzone check_addzone
  check delzone check_delzone
  check update check_update
  check dnssec check_dnssec
  check transfer-out check_transfer_out
  check log check_log
  check statistics check_statistics
  check dumpdb check_dumpdb
  check queries check_queries
  check reload check_reload
  check restart check_restart
  check stop check_stop
  check start-again check_start_again
  kill "$_primary" 2>/dev/null
  check denials check_denials
  echo end
}
