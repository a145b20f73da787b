/** Owns what rules of word prefixes say of a command, and which rule would let it pass. */
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

/** Programs that run whatever follows: a rule of their name alone would allow anything. */
const TOO_WIDE: ReadonlySet<string> = new Set([
  ...['bash', 'sh', 'zsh', 'dash', 'fish', 'env', 'sudo', 'su', 'doas', 'xargs', 'nohup', 'timeout', 'nice', 'ssh'],
  ...['python', 'python3', 'node', 'ruby', 'perl', 'deno', 'bun', 'php', 'lua', 'osascript', 'pwsh', 'powershell'],
  ...['git', 'npx', 'uvx', 'awk', 'find', 'make', 'docker', 'rm'],
])

/** What a person may allow from now on: the prefix that the model asked for when it fits, else all words of the command. */
export const proposedRule = (
  { commands, plain }: CommandWords,
  wanted: readonly string[] | undefined,
): readonly string[] | null => {
  const [words] = commands
  if (!plain || commands.length !== 1 || words === undefined) return null
  const pattern = wanted !== undefined && begins(words, wanted) ? wanted : words
  return pattern.length === 1 && TOO_WIDE.has(pattern[0] as string) ? null : pattern
}
