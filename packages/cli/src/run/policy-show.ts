/** Owns the work of `towline policy show`. */
import { defaultDecision, openPolicy, policyFile, RISKS, type Risk, type Rule } from '@towline/operations'
import { type Io, note } from '../io.ts'
import { type Column, type Format, printList } from '../output/printers.ts'

export interface PolicyShowOptions {
  readonly output: Format
}

interface Row extends Rule {
  /** Number of a rule, from 1; absent for a default. */
  readonly rule?: number
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'RULE', of: ({ rule }) => (rule === undefined ? 'default' : String(rule)) },
  { title: 'DECISION', of: ({ decision }) => decision },
  { title: 'TOOLS', of: ({ tools }) => tools?.join(' ') },
  { title: 'RISK', of: ({ risk }) => risk?.join(' ') },
  { title: 'TARGET', of: ({ target }) => target && JSON.stringify(target) },
  { title: 'ARGS', of: ({ args }) => args && JSON.stringify(args) },
  { title: 'NOTE', of: ({ note: text }) => text },
]

export const run = async (io: Io, { output }: PolicyShowOptions): Promise<void> => {
  const file = policyFile(io.env)
  const { rules, approve } = await openPolicy(file)()
  const defaults = (Object.keys(RISKS) as Risk[]).map(
    (risk): Row => ({ risk: [risk], decision: defaultDecision(risk), note: RISKS[risk] }),
  )
  const numbered = rules.map((rule, at): Row => ({ rule: at + 1, ...rule }))
  printList({ io, format: output, columns: COLUMNS }, [...numbered, ...defaults])
  note(io, `The policy file is ${file}. A yes counts by: ${approve.join(', ')}.`)
}
