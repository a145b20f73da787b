/**
 * Owns what is run on the other machine: a script for `sh`, which it reads from its standard input. The command that sshd
 * hands the account's own shell is just `sh`, a word that csh, fish and restricted shells read alike; nothing of ours is
 * in a command line.
 */
import { LIMITS } from '@towline/protocol'

export interface StartScript {
  /** Not to be guessed by what a shell prints by itself: letters and digits. */
  readonly nonce: string
  /** By a name in PATH, or a path; `~/` is the home there. */
  readonly program: string
  /** After the program. */
  readonly words: readonly string[]
}

/** Lines that the script prints; all before the last of them is noise of shells. */
export const markOf = (nonce: string) =>
  ({
    begun: `towline-ssh ${nonce} begun`,
    missing: `towline-ssh ${nonce} missing`,
    ready: `towline-ssh ${nonce} ready`,
  }) as const

/**
 * Each way to run a shell that may know where the program is. A shell that cannot be run so says nothing, and the next way is
 * tried: csh has no `-l` beside `-c`; nvm stands in files for interactive shells; some accounts have a menu for a shell. The
 * last is `sh` as it is.
 */
const WAYS = ['-l -c', '-l -i -c', '-i -c', '-c']

/**
 * Nothing is used but what is in every `sh`: accounts that are kept short may have no other programs. The whole is one
 * function, and its call the last line, so that `sh` has read all of it before it runs any. Shells on the way get no standard
 * input: a profile that reads would take what is for the program.
 */
export const startScript = ({ nonce, program, words }: StartScript): string => `towline_start() {
TOWLINE_SSH_PROGRAM=${quoted(program)}
case $TOWLINE_SSH_PROGRAM in "~/"*) TOWLINE_SSH_PROGRAM=$HOME/\${TOWLINE_SSH_PROGRAM#??} ;; esac
export TOWLINE_SSH_PROGRAM
echo ${quoted(markOf(nonce).begun)}
find='command -v "$TOWLINE_SSH_PROGRAM" >/dev/null && echo towline-found-${nonce}'
heed() {
  count=0
  while read -r line && test $count -lt ${LIMITS.sshNoiseLines}; do
    case $line in *towline-found-${nonce}*) echo found; break ;; esac
    count=$((count + 1))
  done
}
shell=\${SHELL:-/bin/sh}
for way in ${WAYS.map(quoted).join(' ')} none; do
  if test "$way" = none; then shell=sh way=-c; fi
  said=$(TOWLINE_SSH_RUN=$find "$shell" $way 'sh -c "$TOWLINE_SSH_RUN"' </dev/null 2>/dev/null | head -c ${LIMITS.sshNoiseBytes} | heed)
  case $said in
    found)
      TOWLINE_SSH_RUN=${quoted(run(nonce, words))}
      export TOWLINE_SSH_RUN
      case $shell in
        *csh) exec "$shell" $way 'sh -c "$TOWLINE_SSH_RUN"' ;;
        *) exec "$shell" $way 'sh -c "$TOWLINE_SSH_RUN"' 3<&0 </dev/null ;;
      esac ;;
  esac
done
echo ${quoted(markOf(nonce).missing)}
}
towline_start; exit
`

/** Standard input waits at 3, except from csh, which hands down no more than the first three. */
const run = (nonce: string, words: readonly string[]): string =>
  [
    'program=$TOWLINE_SSH_PROGRAM',
    'unset TOWLINE_SSH_RUN TOWLINE_SSH_PROGRAM',
    `echo ${quoted(markOf(nonce).ready)}`,
    `if ( : <&3 ) 2>/dev/null; then exec "$program" ${words.map(quoted).join(' ')} <&3 3<&-; fi`,
    `exec "$program" ${words.map(quoted).join(' ')}`,
  ].join('; ')

/** For `sh`. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
