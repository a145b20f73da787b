/** Owns the commands that are typed behind a slash. */
import { rowOf } from '../row-of.ts'

export const SLASH = {
  help: 'what can be typed here',
  quit: 'leave; what runs on a remote server goes on',
  new: 'start another thread',
  resume: 'go on with another thread: /resume, or /resume ID',
  fork: 'go on in a copy of this thread',
  list: 'show the threads of the server',
  compact: 'sum up the conversation so far, to make room',
  copy: 'copy the last answer to the clipboard',
  status: 'show the thread, its model, folder and tokens',
} as const

export type SlashName = keyof typeof SLASH

export type Slash =
  | { readonly name: SlashName; readonly rest: string }
  /** Of nobody. */
  | { readonly name: undefined; readonly typed: string }

const OTHERS: Readonly<Record<string, SlashName>> = { exit: 'quit', q: 'quit', '?': 'help' }

/** Undefined for what is said to the agent: only a first word of letters behind the slash is a command. */
export const readSlash = (text: string): Slash | undefined => {
  const found = /^\/([a-z?]+)(?:[ \t]+([^\n]*))?$/.exec(text.trim())
  const typed = found?.[1]
  if (typed === undefined) return undefined
  const name = Object.hasOwn(SLASH, typed) ? (typed as SlashName) : rowOf(OTHERS, typed)
  return name ? { name, rest: found?.[2]?.trim() ?? '' } : { name: undefined, typed }
}

const KEYS = [
  'Enter sends, Ctrl-J or Alt-Enter begins a new line, ↑ shows what was sent before',
  'Esc interrupts the agent, Ctrl-C twice leaves',
]

export const helpText = (): string =>
  [...Object.entries(SLASH).map(([name, what]) => `/${name.padEnd(8)} ${what}`), ...KEYS].join('\n')
