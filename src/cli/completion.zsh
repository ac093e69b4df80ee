#compdef bauta
# Completion of bauta's commands, options and values for zsh.
#   bauta completion zsh > /usr/local/share/zsh/site-functions/_bauta
#   or, in ~/.zshrc behind compinit:  eval "$(bauta completion zsh)"
_bauta_offer() {
  compadd -- "$@"
}
_bauta_files() {
  _files
}
_bauta() {
  local cur=${words[CURRENT]} prev=${words[CURRENT-1]} at=bauta skip= files= i
  local -a options below everywhere
  everywhere=(@EVERYWHERE@)
  if [[ $cur == --*=* ]]; then
    prev=${cur%%=*}
    compset -P '*='
  fi
  for ((i = 2; i < CURRENT; i++)); do
    if [[ -n $skip ]]; then
      skip=
      continue
    fi
    case "$at ${words[i]}" in
    @COMMANDS@) at+=" ${words[i]}" ;;
    @VALUED@) skip=1 ;;
    esac
  done
@CASES@
  if [[ $cur == -* ]]; then
    _describe -o option options -- everywhere
  elif [[ -n $files ]]; then
    _files
  elif (($#below)); then
    _describe command below
  else
    _describe -o option options
  fi
}
if [[ ${funcstack[1]} == _bauta ]]; then
  _bauta "$@"
else
  compdef _bauta bauta
fi
