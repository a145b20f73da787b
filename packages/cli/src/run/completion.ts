/** Owns the work of `towline completion`: the script of a shell, and the answers that script asks for. */
import root, { script } from '@bomb.sh/tab'
import tab from '@bomb.sh/tab/commander'
import { findProgram } from '@towline/base'
import { type Io, line } from '../io.ts'
import { buildWords } from '../program.ts'
import { knownNames, type NameKind } from './completion-names.ts'

export type Shell = 'bash' | 'zsh' | 'fish'

const NAME = 'towline'

/** Prints the script for a shell. */
export const printScript = async (io: Io, shell: Shell): Promise<void> => {
  const text = printed(() => script(shell, NAME, executable(io)))
  line(io, shell === 'bash' ? forBareBash(text) : text)
}

/** Arguments and options whose values only the server or the contexts file knows, by command and name. */
const DYNAMIC: readonly (readonly [words: string, argument: string, names: NameKind])[] = [
  ['dial', 'address', 'private'],
  ['ssh', 'host', 'ssh'],
  ['tunnel cut', 'tunnel', 'tunnel'],
  ['client cut', 'client', 'client'],
  ['context use', 'name', 'context'],
  ['context show', 'name', 'context'],
  ['context delete', 'name', 'context'],
]

/** Prints what may follow `words`; the last one is being written. Without a server there are fewer answers, never an error. */
export const complete = async (io: Io, words: readonly string[]): Promise<void> => {
  tab(buildWords(io), { completionCommandName: 'completion' })
  const wanted = DYNAMIC.find(([command]) => words.join(' ').startsWith(`${command} `))
  if (wanted) await offer(io, wanted)
  if (words.includes('--context')) await offerContexts(io)
  line(
    io,
    printed(() => root.parse([...words])),
  )
}

const offer = async (io: Io, [command, argument, kind]: (typeof DYNAMIC)[number]): Promise<void> => {
  const names = await knownNames(io, kind)
  const known = root.commands.get(command)?.arguments.get(argument)
  if (known) known.handler = (add) => names.forEach(([name, description]) => add(name, description))
}

const offerContexts = async (io: Io): Promise<void> => {
  const names = await knownNames(io, 'context')
  for (const { options } of root.commands.values()) {
    const option = options.get('context')
    if (option) option.handler = (add) => names.forEach(([name, description]) => add(name, description))
  }
}

/** What the library prints by console.log, as text: our output goes where `io` says. */
const printed = (act: () => void): string => {
  const lines: string[] = []
  const { log } = console
  // oxlint-disable-next-line no-console -- the only way the library gives its output
  console.log = (text: string) => void lines.push(text)
  try {
    act()
  } finally {
    // oxlint-disable-next-line no-console -- as above
    console.log = log
  }
  return lines.join('\n')
}

/** How the script calls us: by name when the shell finds it, else by the path of this program. */
const executable = ({ env }: Io): string =>
  findProgram(env, NAME) ? NAME : `${quoted(process.execPath)} ${quoted(process.argv[1] ?? NAME)}`

/** For a POSIX shell and fish alike. */
const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/**
 * The library's script needs the bash-completion package and cannot be read twice; with this it needs only bash. Colons
 * never need joining, because names are offered without `tow://`.
 */
const forBareBash = (text: string): string => `${FALLBACK}\n${text.replace(/^readonly /gm, '')}`

const FALLBACK = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref() {
        words=("\${COMP_WORDS[@]}")
        cword=$COMP_CWORD
        cur=\${COMP_WORDS[COMP_CWORD]}
        prev=\${COMP_WORDS[COMP_CWORD - 1]}
    }
fi`
