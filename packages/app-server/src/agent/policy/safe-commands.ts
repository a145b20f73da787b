/** Owns which commands only read: those run unasked even where every other one is asked for. */

type Check = (args: readonly string[]) => boolean

const always: Check = () => true
const without =
  (pattern: RegExp): Check =>
  (args) =>
    !args.some((arg) => pattern.test(arg))

/** Of git, those that only tell; an option before the verb could change what is run. */
const GIT_VERBS: Readonly<Record<string, Check>> = {
  status: always,
  log: without(/^--(?:ou|ext|textconv)/),
  diff: without(/^--(?:ou|ext|textconv)/),
  show: without(/^--(?:ou|ext|textconv)/),
  blame: without(/^--(?:ou|textconv)/),
  'rev-parse': always,
  'ls-files': always,
  branch: (args) => args.every((arg) => ['-a', '-r', '-v', '-vv', '--list', '--all', '--show-current'].includes(arg)),
}

const git: Check = ([verb = '', ...args]) => Object.hasOwn(GIT_VERBS, verb) && (GIT_VERBS[verb] as Check)(args)

/** `sed -n 10,20p FILE`. */
const sed: Check = ([flag, script, ...files]) =>
  flag === '-n' && /^(?:\d+|\$)(?:,(?:\d+|\$))?p$/.test(script ?? '') && files.every((file) => !file.startsWith('-'))

const SAFE: Readonly<Record<string, Check>> = {
  ...Object.fromEntries(
    [
      ...['cat', 'cd', 'cut', 'echo', 'expr', 'false', 'grep', 'head', 'id', 'ls', 'nl', 'paste', 'pwd', 'rev'],
      // Not `test`: shells evaluate subscripts in its words, and with them whatever those hold.
      ...['seq', 'stat', 'tail', 'tr', 'true', 'uname', 'wc', 'which', 'whoami', 'basename', 'dirname'],
    ].map((name) => [name, always]),
  ),
  git,
  sed,
  find: without(/^-(?:exec|execdir|ok|okdir|delete|fls|fprint|fprint0|fprintf)$/),
  rg: without(/^(?:--pre|--hostname-bin|--search-zip|-[a-zA-Z]*z)/),
  base64: without(/^(?:-[a-zA-Z]*o|--o)/),
  // A second file is written, also behind `-`, which is standard input.
  uniq: (args) => args.filter((arg) => arg === '-' || !arg.startsWith('-')).length <= 1 && !args.includes('--'),
  date: (args) => args.every((arg) => /^(?:\+|-u$|--utc$|-R$|-I)/.test(arg)),
}

/** Whether a simple command reads at most. A path to a program is none of these names: it may be any program. */
const isSafe = ([name = '', ...args]: readonly string[]): boolean =>
  Object.hasOwn(SAFE, name) && (SAFE[name] as Check)(args)

/** Whether all of them do. In another folder git may find settings that run programs, such as in a repository that came within one. */
export const readsOnly = (commands: readonly (readonly string[])[], elsewhere = false): boolean => {
  const moves = elsewhere || commands.some(([name]) => name === 'cd')
  return commands.every((words) => isSafe(words) && !(moves && words[0] === 'git'))
}

const forced: Check = (args) => args.some((arg) => /^-[a-zA-Z]*[rRf]|^--(?:recursive|force)$/.test(arg))

/** What destroys work that a sandbox lets it reach: a person is asked first, where one may be. */
const DANGEROUS: Readonly<Record<string, Check>> = {
  rm: forced,
  sudo: (args) => isDangerous(args.slice(args.findIndex((arg) => !arg.startsWith('-')))),
  git: ([verb = '', ...args]) =>
    (verb === 'reset' && args.includes('--hard')) ||
    (verb === 'clean' && forced(args)) ||
    (verb === 'push' && args.some((arg) => arg === '-f' || arg.startsWith('--force'))),
  dd: always,
  mkfs: always,
  shutdown: always,
  reboot: always,
}

export const isDangerous = ([name = '', ...args]: readonly string[]): boolean =>
  Object.hasOwn(DANGEROUS, name) && (DANGEROUS[name] as Check)(args)
