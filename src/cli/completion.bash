# Completion of bauta's commands, options and values for bash.
#   bauta completion bash > /etc/bash_completion.d/bauta
#   or, in ~/.bashrc:  eval "$(bauta completion bash)"
_bauta_offer() {
  COMPREPLY=($(compgen -W "$*" -- "$cur"))
}
_bauta_files() {
  local IFS=$'\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$cur"))
}
_bauta() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at=bauta skip= files= i
  local options below
  local everywhere=(@EVERYWHERE@)
  COMPREPLY=()
  [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}  # bash splits --output=json in three
  [[ $cur == = ]] && cur= prev=${COMP_WORDS[COMP_CWORD-1]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == = ]] && continue
    if [[ $skip ]]; then
      skip=
      continue
    fi
    case "$at ${COMP_WORDS[i]}" in
    @COMMANDS@) at+=" ${COMP_WORDS[i]}" ;;
    @VALUED@) skip=1 ;;
    esac
  done
@CASES@
  if [[ $cur == -* ]]; then
    _bauta_offer "${options[@]}" "${everywhere[@]}"
  elif [[ $files ]]; then
    _bauta_files
  elif ((${#below[@]})); then
    _bauta_offer "${below[@]}"
  else
    _bauta_offer "${options[@]}"
  fi
}
complete -F _bauta bauta
