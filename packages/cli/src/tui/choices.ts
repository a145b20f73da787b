/** Owns what may be answered to what a server asks: keys, words, and the answers they stand for. */
import { scriptOf } from '@towline/protocol'
import { rowOf } from '../row-of.ts'
import { safeLine, safeText } from './safe-text.ts'
import type { OpenQuestion } from './view.ts'

export interface Choice {
  /** A letter, or `escape`. */
  readonly key: string
  readonly label: string
  readonly answer: object
}

interface Asked {
  /** What it is about, a line each. */
  readonly lines: readonly string[]
  readonly choices: readonly Choice[]
}

type Params = OpenQuestion['params']

const decision = (key: string, label: string, decided: unknown): Choice => ({
  key,
  label,
  answer: { decision: decided },
})

const YES = decision('y', 'Yes', 'accept')
const SESSION = decision('s', 'Yes, and do not ask again in this session', 'acceptForSession')
const NO = decision('n', 'No, and go on without', 'decline')
const CANCEL = decision('escape', 'No, and stop', 'cancel')

const words = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((word): word is string => typeof word === 'string') : []

const prefix = (params: Params): readonly Choice[] => {
  const amendment = words(params.proposedExecpolicyAmendment)
  if (amendment.length === 0) return []
  const shown = safeLine(amendment.join(' '))
  return [
    decision('p', `Yes, and always for commands that begin with "${shown}"`, {
      acceptWithExecpolicyAmendment: { execpolicy_amendment: amendment },
    }),
  ]
}

/** When the server says what it takes, nothing else is offered. Stock servers leave out that they also take a no that lets the turn go on. */
const available = (choices: readonly Choice[], params: Params): readonly Choice[] => {
  if (!Array.isArray(params.availableDecisions)) return choices
  const taken = new Set(['decline', ...params.availableDecisions.map(nameOf)])
  return choices.filter(({ answer }) => taken.has(nameOf((answer as { readonly decision: unknown }).decision)))
}

const nameOf = (decided: unknown): string | undefined =>
  typeof decided === 'string' ? decided : Object.keys((decided ?? {}) as object)[0]

const reason = (params: Params): readonly string[] => (params.reason ? [safeLine(params.reason)] : [])

const command = (params: Params): Asked => ({
  lines: [
    'Run this command?',
    ...reason(params),
    `$ ${safeLine(scriptOf(safeText(params.command)))}`,
    `in ${safeLine(params.cwd)}${params.environmentId ? ` on ${safeLine(params.environmentId)}` : ''}`,
  ],
  choices: available([YES, SESSION, ...prefix(params), NO, CANCEL], params),
})

const fileChange = (params: Params): Asked => ({
  lines: [
    'Make these changes?',
    ...reason(params),
    ...(params.grantRoot ? [`and write below ${safeLine(params.grantRoot)} from now on`] : []),
  ],
  choices: [YES, SESSION, NO, CANCEL],
})

const permissions = (params: Params): Asked => ({
  lines: ['Grant these permissions?', ...reason(params), safeLine(JSON.stringify(params.permissions))],
  choices: [
    { key: 'y', label: 'Yes, for this turn', answer: { permissions: params.permissions, scope: 'turn' } },
    { key: 's', label: 'Yes, for this session', answer: { permissions: params.permissions, scope: 'session' } },
    { key: 'n', label: 'No', answer: { permissions: {}, scope: 'turn' } },
  ],
})

const NO_TOOL: Choice = { key: 'n', label: 'No', answer: { action: 'decline', content: null } }
const CANCEL_TOOL: Choice = { key: 'escape', label: 'No, and stop', answer: { action: 'cancel', content: null } }

/** What is to be filled in needs a form, which is not here: it can be declined. */
const elicitation = (params: Params): Asked => {
  const needed = words(params.requestedSchema?.required)
  const yes = needed.length > 0 ? [] : [{ key: 'y', label: 'Yes', answer: { action: 'accept', content: {} } }]
  return {
    lines: [
      `The MCP server ${safeLine(params.serverName)} asks:`,
      safeLine(params.message),
      ...(params.url ? [safeLine(params.url)] : []),
      ...(needed.length > 0
        ? [`It wants to know ${safeLine(needed.join(', '))}, which cannot be filled in here.`]
        : []),
    ],
    choices: [...yes, NO_TOOL, CANCEL_TOOL],
  }
}

const ASKED: Readonly<Record<string, (params: Params) => Asked>> = {
  'item/commandExecution/requestApproval': command,
  'item/fileChange/requestApproval': fileChange,
  'item/permissions/requestApproval': permissions,
  'mcpServer/elicitation/request': elicitation,
}

/** Undefined for what cannot be answered here. */
export const askedOf = ({ method, params }: Pick<OpenQuestion, 'method' | 'params'>): Asked | undefined =>
  rowOf(ASKED, method)?.(params)

/** The answer to it that lets nothing happen, and the turn go on. */
export const declined = (question: Pick<OpenQuestion, 'method' | 'params'>): object | undefined =>
  askedOf(question)?.choices.find(({ key }) => key === 'n')?.answer ?? askedOf(question)?.choices.at(-1)?.answer
