# What name servers say, as other hosts see it. T is a folder of this trip's own.

# zones_here UNIT…: "ZONE" for each that answers with authority on this host
zones_here() {
  for _unit in "$@"; do
    baseline "$_unit"
    awk '{ print $1 }' "$T/base/soa"
  done | sort -u
  wait
}

# seen_from_here ADDRESS: how the zones on stdin answer there, "OVER ZONE SERIAL" with tabs; in place of the serial
# "-" and why not. A line for the zone "*" says what is wrong with the way there.
seen_from_here() {
  if ! command -v dig >/dev/null 2>&1; then
    printf '%s\t*\t-\tno dig on this host (package bind9-dnsutils)\n' udp tcp
    return
  fi
  cat >"$T/zones"
  seen_over udp +notcp "$1" >"$T/udp" &
  seen_over tcp +tcp "$1" >"$T/tcp"
  wait
  cat "$T/udp" "$T/tcp"
}

# The first zone tells whether there is a way at all; else each of the others would be waited for.
seen_over() {
  awk -v server="$3" -v by="$2" '{ print "@" server, $1, "SOA", "+norec", "+ignore", by, "+time=2", "+tries=1" }' "$T/zones" >"$T/dig-$1"
  head -n 1 "$T/dig-$1" >"$T/first-$1"
  _said=$(dig +noall -f "$T/first-$1" 2>&1 | sed -nE 's/^(;; |dig: )//; /^(connection timed out|communications error|Connection to|no servers|couldn.t get)/{p;q;}')
  if [ -n "$_said" ]; then
    printf '%s\t*\t-\t%s\n' "$1" "$_said"
    return
  fi
  dig +noall +comments +question +answer -f "$T/dig-$1" 2>/dev/null | awk -v over="$1" '
    BEGIN { OFS = "\t" }
    /->>HEADER<<-/ { status = $0; sub(/.*status: /, "", status); sub(/,.*/, "", status) }
    /^;; flags:/ { aa = ($0 ~ /[: ]aa[ ;]/) }
    /^;[^;].*[ \t]SOA$/ && !(status == "NOERROR" && aa) {
      print over, substr($1, 2), "-", (status == "NOERROR" ? "an answer without authority" : status)
    }
    status == "NOERROR" && aa && $4 == "SOA" { print over, $1, $7 }'
}
