/** Owns telling what of a policy can never match: a word that was mistyped would be a door left open. */
import type { Policy, Rule } from '@towline/operations'
import { matchesText } from '@towline/operations'
import type { Tool } from '../tool.ts'

/** One sentence each, which begins with the key. */
export const policyRemarks = ({ rules }: Policy, tools: readonly Tool[]): readonly string[] =>
  rules.flatMap((rule, at) => [
    ...(rule.tools ?? [])
      .filter((pattern) => !tools.some(({ name }) => matchesText(pattern, name)))
      .map((pattern) => `rules[${at}].tools: there is no tool "${pattern}"`),
    ...unknownArgs(rule, tools).map((key) => `rules[${at}].args: none of its tools has an argument "${key}"`),
  ])

const unknownArgs = ({ tools: patterns = ['*'], args = {} }: Rule, tools: readonly Tool[]): readonly string[] => {
  const matched = tools.filter(({ name }) => patterns.some((pattern) => matchesText(pattern, name)))
  const known = new Set(matched.flatMap(({ input }) => Object.keys(input.shape)))
  return matched.length === 0 ? [] : Object.keys(args).filter((key) => !known.has(key) && !known.has(rootOf(key)))
}

const rootOf = (key: string): string => key.split(/[.[]/)[0] as string
