/** Owns the work of `towline policy test`. */
import { resolve } from 'node:path'
import { parseJson } from '@towline/base'
import { testPolicy } from '@towline/mcp'
import { openPolicy, policyFile, readPolicy, RISKS, type Risk } from '@towline/operations'
import { AppError, parseLabels } from '@towline/protocol'
import type { Io } from '../io.ts'
import { type Column, type Format, printOne } from '../output/printers.ts'

export interface PolicyTestOptions {
  readonly args: string
  readonly target?: string
  readonly label?: readonly string[]
  readonly risk?: string
  readonly file?: string
  readonly output: Format
}

type Tested = Awaited<ReturnType<typeof testPolicy>>

const COLUMNS: readonly Column<Tested>[] = [
  { title: 'DECISION', of: ({ decision }) => decision },
  { title: 'RISK', of: ({ risk }) => risk },
  { title: 'RULE', of: ({ rule }) => (rule === undefined ? 'default' : String(rule + 1)) },
  { title: 'WHY', of: ({ why }) => why },
]

export const run = async (io: Io, tool: string, options: PolicyTestOptions): Promise<void> => {
  const { file, target, label, output } = options
  const policy = file === undefined ? await openPolicy(policyFile(io.env))() : await readPolicy(resolve(file))
  const known = label && { names: target === undefined ? [] : [target], labels: parseLabels(label) }
  const tested = await testPolicy(policy, {
    tool,
    args: jsonOf(options.args),
    target,
    known,
    risk: riskOf(options.risk),
  })
  printOne({ io, format: output, columns: COLUMNS }, tested)
}

const jsonOf = (text: string): unknown => {
  const value = parseJson(text)
  if (value !== undefined) return value
  throw new AppError('OPTION_INVALID', { option: '--args', value: text.slice(0, 200), problem: 'it is not JSON' })
}

const riskOf = (text: string | undefined): Risk | undefined => {
  if (text === undefined || Object.hasOwn(RISKS, text)) return text as Risk | undefined
  const problem = `it is one of ${Object.keys(RISKS).join(', ')}`
  throw new AppError('OPTION_INVALID', { option: '--risk', value: text, problem })
}
