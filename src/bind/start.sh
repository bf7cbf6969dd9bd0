# How a named is started, and so what it reads.

NL='
'

# start_of UNIT [PID]: of the process where it runs, else as its unit would start it. Sets _exe, _options (its words),
# _root (-t), _as (-u), _conf and what checkconf takes; false where that can't be known, with the reason in _lack.
start_of() {
  _exe='' _options='' _given='' _root='' _as='' _conf='' _view='' _libraries='' _built='' _lack=''
  if [ "${2:-0}" -gt 0 ]; then
    # Who is not root may not read the link, but the words.
    _words=$(tr '\0' '\n' 2>/dev/null <"/proc/$2/cmdline")
    _exe=$(readlink "/proc/$2/exe" || printf '%s\n' "${_words%%"$NL"*}")
    _exe=${_exe%' (deleted)'}
    in_words options_of "$_words"
    # Another root without -t is that of its unit (RootDirectory=).
    [ -n "$_root" ] || [ ! -x "/proc/$2/root/" ] || [ "/proc/$2/root" -ef / ] || _view=/proc/$2/root
  else
    unit_start "$1" || return 1
  fi
  case $_exe in
    /usr/sbin/named) ;;
    /*) built_in "$1" || return 1 ;;
    *) _lack="which program $1 starts as named can’t be seen" && return 1 ;;
  esac
  case ${_given:-${_conf:-/etc/bind/named.conf}} in
    /*) _conf=${_given:-${_conf:-/etc/bind/named.conf}} ;;
    *) _lack="$1 starts named with -c $_given, and where that lies is not known" && return 1 ;;
  esac
  find_checkconf
}

# in_words COMMAND LINES: calls it with each line as a word
in_words() {
  _call=$1 _text=$2 _ifs=$IFS
  set -f
  IFS=$NL
  # shellcheck disable=SC2086
  set -- $_text
  IFS=$_ifs
  set +f
  "$_call" "$@"
}

# options_of PROGRAM [WORD...]: named(8)
options_of() {
  shift
  _options=$*
  OPTIND=1
  while getopts :46A:c:Cd:D:E:fFgL:M:m:n:N:p:sS:t:T:U:u:vVx:X: _letter; do
    case $_letter in
      c) _given=$OPTARG ;;
      t) _root=${OPTARG%/} ;;
      u) _as=$OPTARG ;;
      *) ;;
    esac
  done
}

# unit_start UNIT: as systemd has it, with its variables
unit_start() {
  _shows=$(systemctl show -p LoadState,ExecStart,EnvironmentFiles,User -- "$1" 2>&1) || { _lack=${_shows%%"$NL"*} && return 1; }
  case $_shows in *LoadState=not-found*) _lack="there is no $1 on this host" && return 1 ;; esac
  _words=$(printf '%s\n' "$_shows" | sed -n 's/^ExecStart=.* argv\[\]=\(.*\) ; ignore_errors=.*/\1/p' | tail -n 1)
  case $_words in
    '') _lack="$1 starts nothing" && return 1 ;;
    *[\"\'\\]*) _lack="the words of the ExecStart of $1 can’t be told apart" && return 1 ;;
  esac
  _files=$(printf '%s\n' "$_shows" | sed -n 's/^EnvironmentFiles=\(.*\) (ignore_errors=.*/\1/p')
  _words=$(printf '%s\n' "$_words" | tr ' ' '\n' | while IFS= read -r _word; do
    case $_word in
      \$*) in_words unit_variable "${_word#\$}" ;;
      *) printf '%s\n' "$_word" ;;
    esac
  done)
  # Before it may stand who starts it: aa-exec, firejail.
  _words=$(printf '%s\n' "$_words" | sed -n '\#^/.*/named$#,$p')
  _exe=${_words%%"$NL"*}
  [ -n "$_exe" ] || { _lack="$1 starts no named" && return 1; }
  in_words options_of "$_words"
  [ -n "$_as" ] || _as=$(printf '%s\n' "$_shows" | sed -n 's/^User=//p')
}

# unit_variable NAME: the words that its environment files give it
unit_variable() {
  _name=${1#\{}
  _name=${_name%\}}
  case $_name in *[!A-Za-z0-9_]*) return ;; esac
  printf '%s\n' "$_files" | while IFS= read -r _file; do
    sed -n "s/^[[:space:]]*$_name=//p" "$_file" 2>/dev/null
  done | tail -n 1 | tr -d "\"'" | tr -s ' \t' '\n'
}

# built_in UNIT: what a named that is not the distribution's takes where nothing is set: that is asked of itself
built_in() {
  _libraries=$(systemctl show -p Environment --value -- "$1" 2>/dev/null | tr ' ' '\n' | sed -n 's/^LD_LIBRARY_PATH=//p')
  # What others can change, its libraries too, does not run as root.
  set -- env "LD_LIBRARY_PATH=$_libraries" "$_exe" -V
  of_root "$_exe" || set -- setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs "$@"
  _built=$(timeout 10 "$@" 2>/dev/null </dev/null)
  _conf=$(printf '%s\n' "$_built" | sed -n 's/^ *named configuration: *//p')
  [ -n "$_conf" ] || { _lack="$_exe -V does not say what it takes where nothing is set" && return 1; }
}

# of_root PROGRAM: whether nobody but root can change it, or the libraries that its unit names
of_root() {
  _above=$1:$_libraries
  while [ -n "$_above" ]; do
    only_root "${_above%%:*}" || return 1
    _above=${_above#"${_above%%:*}"}
    _above=${_above#:}
  done
}

only_root() {
  _at=$(realpath -e -- "$1" 2>/dev/null) || return 1
  while [ -n "$_at" ]; do
    case $(stat -c '%u %A' -- "$_at") in 0\ ?????-??-?*) ;; *) return 1 ;; esac
    _at=${_at%/*}
  done
}

# program_of NAME: a program of BIND, in _program, with its libraries in _with: the one that came with the binary, or the
# distribution's, which has its own
program_of() {
  _with=$_libraries
  if [ "$_exe" != /usr/sbin/named ]; then
    for _program in "${_exe%/*}/$1" "${_exe%/*/*}/bin/$1" "${_exe%/*/*}/sbin/$1"; do
      if [ -x "$_program" ] && of_root "$_program"; then return; fi
    done
  fi
  _with=
  _program=$(command -v "$1")
}

find_checkconf() {
  program_of named-checkconf || { _lack='no named-checkconf on this host (package bind9)' && return 1; }
  _checkconf=$_program _reads_with=$_with
}

# checkconf [OPTION...]: BIND's own reading of the configuration that start_of has found. A process may have written over
# its command line, so a plugin that is named there does not run as root (-c).
checkconf() {
  _within=${_root:-$_view}
  env "LD_LIBRARY_PATH=$_reads_with" "$_checkconf" -c ${_within:+-t "$_within"} "$@" "$_conf"
}
