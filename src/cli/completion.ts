import { print } from './output.js';

const SCRIPTS = {
  bash: `# Completes c1sync in bash: source <(c1sync completion bash)
_c1sync() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("$line")
  done < <(c1sync __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _c1sync c1sync
`,
  zsh: `#compdef c1sync
# Completes c1sync in zsh: source <(c1sync completion zsh)
_c1sync() {
  local -a candidates
  candidates=("\${(@f)$(c1sync __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  candidates=("\${(@)candidates:#}")
  if (( \${#candidates} )); then
    compadd -- "\${(@)candidates}"
  else
    _files
  fi
}
if [ "\${funcstack[1]}" = _c1sync ]; then
  _c1sync
else
  compdef _c1sync c1sync
fi
`,
  fish: `# Completes c1sync in fish: c1sync completion fish | source
function __c1sync_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l candidates (c1sync __complete -- $words[2..-1] "$current" 2>/dev/null)
  if test (count $candidates) -gt 0
    printf '%s\\n' $candidates
  else
    __fish_complete_path "$current"
  end
end
complete -c c1sync -f -a '(__c1sync_complete)'
`,
} as const;

/** `c1sync completion`: the script of a shell. It asks `c1sync __complete` for candidates. */
export async function completion(shell: keyof typeof SCRIPTS): Promise<void> {
  print(SCRIPTS[shell]);
}
