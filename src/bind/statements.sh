NL='
'

# bind_statements FILE [ROOT]: the statements of a configuration, and of what it includes, that name paths, each as
# "FILE LINE OWNER WORD VALUE" with tabs; OWNER is the zone, channel or the like around it. Nothing else leaves: no keys. Under a ROOT (named -t), FILE is where it is for all.
bind_statements() {
  _at=$1 _below=${2:-} _seen=$NL _depth=0
  while [ -n "$_at" ] && [ "$_depth" -lt 10 ]; do
    _depth=$((_depth + 1))
    set --
    _ifs=$IFS
    # Includes may be patterns, so they are expanded here.
    IFS=$NL
    for _one in $_at; do
      case $_seen in *"$NL$_one$NL"*) continue ;; esac
      _seen=$_seen$_one$NL
      [ ! -r "$_one" ] || [ -d "$_one" ] || set -- "$@" "$_one"
    done
    IFS=$_ifs
    [ $# -gt 0 ] || return 0
    _said=$(statements_in "$@")
    printf '%s\n' "$_said"
    _at=$(printf '%s\n' "$_said" | awk -F "$TAB" -v root="$_below" '
      $4 == "directory" && $3 !~ /^key-store / { dir = $5 }
      $4 == "include" { print root ($5 ~ /^\// ? "" : dir "/") $5 }')
  done
}

statements_in() {
  awk '
    BEGIN {
      split("file journal directory key-directory managed-keys-directory bindkeys-file session-keyfile pid-file lock-file statistics-file dump-file memstatistics-file recursing-file secroots-file new-zones-directory allow-new-zones dnstap-output cert-file key-file ca-file dhparam-file database dyndb plugin geoip-directory tkey-gssapi-keytab random-device include", w, " ")
      for (i in w) wanted[w[i]]
      split("zone view template channel tls key-store dnssec-policy dlz", w, " ")
      for (i in w) owns[w[i]]
    }
    function told() {
      if (word in owns) { owner = word " " value; inside = depth }
      # Behind the library stands what it is told, which may be a password.
      if (word == "database") { split(value, w, " "); value = w[1] " " w[2] }
      if ((word in wanted) && value != "") print FILENAME "\t" line "\t" owner "\t" word "\t" value
      word = value = ""; quoted = 0
    }
    FNR == 1 { comment = depth = quoted = 0; owner = word = value = "" }
    {
      rest = $0
      while (rest != "") {
        if (comment) {
          at = index(rest, "*/")
          if (!at) break
          comment = 0
          rest = substr(rest, at + 2)
          continue
        }
        if (!match(rest, /"[^"]*"|[{};]|[^ \t"{};]+/)) break
        token = substr(rest, RSTART, RLENGTH)
        after = substr(rest, RSTART + RLENGTH)
        if (token ~ /^(#|\/\/)/) break
        if (token ~ /^\/\*/) { rest = substr(rest, RSTART + 2); comment = 1; continue }
        rest = after
        if (token ~ /^[{};]$/) {
          told()
          if (token == "{") depth++
          if (token == "}" && --depth <= inside) owner = ""
          continue
        }
        if (word == "") { word = token; line = FNR; continue }
        if (token ~ /^"/ && !quoted) { value = substr(token, 2, length(token) - 2); quoted = 1 }
        else if (value == "") value = token
      }
    }' "$@"
}
