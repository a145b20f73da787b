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
  log: without(/^--(?:output|ext-diff|textconv)/),
  diff: without(/^--(?:output|ext-diff|textconv)/),
  show: without(/^--(?:output|ext-diff|textconv)/),
  blame: without(/^--(?:output|textconv)/),
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
      ...['seq', 'stat', 'tail', 'tr', 'true', 'uname', 'wc', 'which', 'whoami', 'basename', 'dirname', 'test', '['],
    ].map((name) => [name, always]),
  ),
  git,
  sed,
  find: without(/^-(?:exec|execdir|ok|okdir|delete|fls|fprint|fprint0|fprintf)$/),
  rg: without(/^(?:--pre|--hostname-bin|--search-zip|-[a-zA-Z]*z)/),
  base64: without(/^(?:-o|--output)/),
  uniq: (args) => args.filter((arg) => !arg.startsWith('-')).length <= 1,
  date: without(/^(?:-s|--set)/),
}

/** Whether a simple command reads at most. A path to a program is none of these names: it may be any program. */
export const isSafe = ([name = '', ...args]: readonly string[]): boolean =>
  Object.hasOwn(SAFE, name) && (SAFE[name] as Check)(args)

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
