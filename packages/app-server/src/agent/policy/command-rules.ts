/** Owns what rules of word prefixes say of a command, and which rule would let it pass. */
import { basename } from 'node:path'
import type { CommandRule } from '../../config/agent-config.ts'
import type { CommandWords } from './command-words.ts'

const STRICTNESS: readonly CommandRule['decision'][] = ['allow', 'prompt', 'forbidden']

/**
 * The strictest that holds for a part of it. `allow` only where each part is allowed and nothing else may run; undefined where
 * no rule speaks.
 */
export const ruleFor = (
  { commands, plain }: CommandWords,
  rules: readonly CommandRule[],
): CommandRule['decision'] | undefined => {
  const found = commands.map((words) => strictest(rules.filter(({ pattern }) => begins(words, pattern))))
  const said = found.filter((decision) => decision !== undefined)
  const worst = STRICTNESS.findLast((decision) => said.includes(decision))
  if (worst !== 'allow') return worst
  return plain && said.length === found.length ? 'allow' : undefined
}

const strictest = (rules: readonly CommandRule[]): CommandRule['decision'] | undefined =>
  STRICTNESS.findLast((decision) => rules.some((rule) => rule.decision === decision))

const begins = (words: readonly string[], pattern: readonly string[]): boolean =>
  pattern.length > 0 && pattern.every((word, index) => words[index] === word)

/** Programs that run whatever follows: a rule that ends before it would allow anything. */
const RUNNERS =
  /^(?:(?:ba|z|da|fi|k|c|tc)?sh|env|sudo|su|doas|xargs|nohup|timeout|nice|ionice|setsid|stdbuf|time|watch|ssh|eval|exec|(?:python|pypy|node|ruby|perl|deno|bun|php|lua)[\d.]*|osascript|pwsh|powershell|npx|bunx|uvx|pipx|[gmn]?awk|find|fd|parallel|rm|busybox|chroot|unshare|script|expect|gdb|strace)$/
/** Those whose second word says what they do. */
const VERBS: ReadonlySet<string> = new Set([
  'git',
  'make',
  'docker',
  'podman',
  'kubectl',
  'npm',
  'pnpm',
  'yarn',
  'cargo',
  'go',
  'uv',
])

const isBare = (word: string): boolean => /^-|=|^\d+[smhd]?$/.test(word)

/** What a person may allow from now on: the prefix that the model asked for when it fits, else all words of the command. */
export const proposedRule = (
  { commands, plain }: CommandWords,
  wanted: readonly string[] | undefined,
): readonly string[] | null => {
  const [words] = commands
  if (!plain || commands.length !== 1 || words === undefined) return null
  const pattern = wanted !== undefined && begins(words, wanted) ? wanted : words
  const [path = '', ...all] = words
  const name = basename(path)
  // Options alone leave open what is run.
  if (RUNNERS.test(name)) return all.every(isBare) ? null : words
  const [, verb] = pattern
  return VERBS.has(name) && (verb === undefined || isBare(verb)) ? null : pattern
}
