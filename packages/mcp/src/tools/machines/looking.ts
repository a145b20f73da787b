/**
 * Owns which commands only look, so that nobody has to be asked. A command is in it with every flag and operand that it may
 * have: what is not listed counts as running a program. Nothing that chooses another program, reads files' contents, talks to
 * other hosts, sets, writes, or goes on for ever is listed, and short flags whose value is optional take it joined only.
 */

interface Looking {
  /** Single letters that may stand together after one "-", and take no value. */
  readonly letters?: string
  /** Words that stand alone, exactly. */
  readonly words?: readonly string[]
  /** Flags with a value in the next word, or behind "=" for long ones. */
  readonly values?: Readonly<Record<string, RegExp>>
  /** What else may be there. */
  readonly operand?: RegExp
  /** The first word has to be one of these. */
  readonly verbs?: readonly string[]
}

const NUMBER = /^\d{1,6}$/
const NAME = /^[\w@.:\\*][\w@.:\\*-]{0,255}$/
const WORDS = /^[\w,]{1,256}$/
const TIME = /^[\w+:. ][\w+:. -]{0,63}$/
/** Never read as a flag. */
const PATH = /^[^-]/

const COMMANDS: Readonly<Record<string, Looking>> = {
  uname: { letters: 'asnrvmpio' },
  uptime: { letters: 'ps' },
  // Any operand would set the name.
  hostname: { letters: 'fsdiIA' },
  whoami: {},
  id: { letters: 'ugGnrz', operand: NAME },
  // -s and other operands set the clock, -f and -r read files.
  date: { letters: 'uR', words: ['-I', '-Iseconds', '--utc', '--iso-8601=seconds'], operand: /^\+/ },
  df: { letters: 'ahHiklPT', operand: PATH },
  free: { letters: 'bkmghtlwv' },
  // Without a dash, e shows environments, and so does the column.
  ps: {
    letters: 'eAfFlLwjH',
    words: ['aux', 'auxww', 'ax', 'auxf'],
    values: {
      '-o': /^(?!.*environ)[\w,]{1,256}$/,
      '-p': WORDS,
      '-u': NAME,
      '-C': NAME,
      '--sort': /^[-+]?[\w,]{1,64}$/,
    },
  },
  ls: { letters: 'alhtrRSdi1FnGpcuXsQABgkmoqvxLHN', operand: PATH },
  stat: { letters: 'fLt', operand: PATH },
  systemctl: {
    verbs: [
      'status',
      'is-active',
      'is-enabled',
      'is-failed',
      'list-units',
      'list-unit-files',
      'list-timers',
      'list-sockets',
    ],
    letters: 'alq',
    words: ['--all', '--full', '--quiet', '--no-pager', '--no-legend', '--plain', '--failed', '--user', '--system'],
    values: { '-n': NUMBER, '--lines': NUMBER, '-t': WORDS, '--type': WORDS, '--state': /^[\w,-]{1,128}$/ },
    operand: NAME,
  },
  // Not -f (for ever), -M, -D, --root, --file, --image (elsewhere), --cursor-file (writes), --vacuum-*, --rotate and the like.
  journalctl: {
    letters: 'kqrxba',
    words: ['--no-pager', '--utc', '--quiet', '--reverse', '--dmesg', '--boot', '--no-hostname'],
    values: {
      '-u': NAME,
      '--unit': NAME,
      '-n': NUMBER,
      '--lines': NUMBER,
      '-p': /^[\w.]{1,16}$/,
      '--priority': /^[\w.]{1,16}$/,
      '-o': /^[a-z-]{1,16}$/,
      '--output': /^[a-z][a-z-]{0,15}$/,
      '-S': TIME,
      '--since': TIME,
      '-U': TIME,
      '--until': TIME,
      '-t': NAME,
      '--identifier': NAME,
    },
  },
}

/** What of a command decides. */
export interface Commanded {
  readonly argv?: readonly string[] | undefined
  readonly shell?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly cwd?: string | undefined
  readonly stdin?: string | undefined
  readonly stdinOpen?: boolean | undefined
}

/** Only by its bare name, in the machine's own environment and folder: PATH, LD_* and "." choose other programs. */
export const looksOnly = ({ argv, shell, env, cwd, stdin, stdinOpen }: Commanded): boolean => {
  if (!argv || shell !== undefined || cwd !== undefined || stdin !== undefined || stdinOpen === true) return false
  if (env && Object.keys(env).length > 0) return false
  const [program = '', ...words] = argv
  const looking = Object.hasOwn(COMMANDS, program) ? COMMANDS[program] : undefined
  return looking !== undefined && words.every((word) => !UNSEEN.test(word)) && isListed(words, looking)
}

/** What a person who reads the audit trail would not see as it is. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

const isListed = (words: readonly string[], looking: Looking): boolean => {
  const { verbs } = looking
  if (verbs && !verbs.includes(words[0] ?? '')) return false
  const rest = verbs ? words.slice(1) : words
  for (let at = 0; at < rest.length; at++) {
    const used = wordsOf(rest[at] as string, rest[at + 1], looking)
    if (used === 0) return false
    at += used - 1
  }
  return true
}

/** How many words belong to this one, itself counted; 0 for one that is not listed. */
const wordsOf = (
  word: string,
  next: string | undefined,
  { letters = '', words = [], values = {}, operand }: Looking,
): number => {
  if (words.includes(word)) return 1
  const [, long = '', joined] = /^(--[a-z-]+)=([\s\S]*)$/.exec(word) ?? []
  if (joined !== undefined) return Object.hasOwn(values, long) && values[long]?.test(joined) ? 1 : 0
  if (Object.hasOwn(values, word)) return next !== undefined && values[word]?.test(next) ? 2 : 0
  if (/^-[A-Za-z0-9]+$/.test(word)) return [...word.slice(1)].every((letter) => letters.includes(letter)) ? 1 : 0
  return !word.startsWith('-') && operand?.test(word) === true ? 1 : 0
}
