/** Owns what may be answered to what a server asks: keys, words, and the answers they stand for. */
import { type FileUpdateChange, scriptOf } from '@towline/protocol'
import { rowOf } from '../row-of.ts'
import { changeLines } from './diff-lines.ts'
import { shownLine, shownLines, shownWords } from './shown-text.ts'
import type { OpenQuestion } from './view.ts'

export interface Choice {
  /** A letter, or `escape`. */
  readonly key: string
  readonly label: string
  readonly answer: object
  /** It lets something happen: only who saw all that is asked may choose it. */
  readonly grants: boolean
}

export interface Asked {
  /** What it is about, a line each, every character visible: what is here is what a yes lets happen. */
  readonly lines: readonly string[]
  readonly choices: readonly Choice[]
}

type Params = OpenQuestion['params']

const decision = (key: string, label: string, decided: unknown): Choice => ({
  key,
  label,
  answer: { decision: decided },
  grants: decided !== 'decline' && decided !== 'cancel',
})

const YES = decision('y', 'Yes', 'accept')
const SESSION = decision('s', 'Yes, and do not ask again in this session', 'acceptForSession')
const NO = decision('n', 'No, and go on without', 'decline')
const CANCEL = decision('escape', 'No, and stop', 'cancel')

const words = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((word): word is string => typeof word === 'string') : []

const RULE_CHARS = 300

const prefix = (params: Params): readonly Choice[] => {
  const amendment = words(params.proposedExecpolicyAmendment)
  const shown = shownWords(amendment)
  // What does not fit is not offered.
  if (amendment.length === 0 || shown.length > RULE_CHARS) return []
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

const WHY_CHARS = 500

/** In the words of whoever wants it, so marked as such. It is no part of what happens. */
const reason = ({ reason: said }: Params): readonly string[] =>
  typeof said === 'string' && said !== '' ? [`Why: ${shownLine(said.replace(/\s+/g, ' ').slice(0, WHY_CHARS))}`] : []

const more = (name: string, value: unknown): readonly string[] =>
  value === undefined || value === null ? [] : [`${name} ${shownLine(JSON.stringify(value))}`]

/** Further lines are marked as a shell does, so that none looks like one of ours. */
const command = (params: Params): Asked => ({
  lines: [
    (params.kind ?? 'command') === 'command' ? 'Run this command?' : `Allow this (${shownLine(params.kind)})?`,
    ...reason(params),
    ...shownLines(scriptOf(params.command ?? '')).map((line, at) => `${at === 0 ? '$' : '>'} ${line}`),
    `in ${shownLine(params.cwd)}${params.environmentId ? ` on ${shownLine(params.environmentId)}` : ''}`,
    ...more('with permissions', params.additionalPermissions),
    ...more('with the network', params.networkApprovalContext),
  ],
  choices: available([YES, SESSION, ...prefix(params), NO, CANCEL], params),
})

/** Without `changes` nobody knows what a yes would do. */
const fileChange = (params: Params, changes: readonly FileUpdateChange[] | undefined): Asked => ({
  lines: [
    'Make these changes?',
    ...reason(params),
    ...(changes ?? []).flatMap(changeLines),
    ...(changes ? [] : ['The server does not say which: they cannot be approved here.']),
    ...(params.grantRoot ? [`and write below ${shownLine(params.grantRoot)} from now on`] : []),
  ],
  choices: changes ? [YES, SESSION, NO, CANCEL] : [NO, CANCEL],
})

const permissions = (params: Params): Asked => ({
  lines: ['Grant these permissions?', ...reason(params), shownLine(JSON.stringify(params.permissions))],
  choices: [
    { key: 'y', label: 'Yes, for this turn', answer: { permissions: params.permissions, scope: 'turn' }, grants: true },
    {
      key: 's',
      label: 'Yes, for this session',
      answer: { permissions: params.permissions, scope: 'session' },
      grants: true,
    },
    { key: 'n', label: 'No', answer: { permissions: {}, scope: 'turn' }, grants: false },
  ],
})

const NO_TOOL: Choice = { key: 'n', label: 'No', answer: { action: 'decline', content: null }, grants: false }
const CANCEL_TOOL: Choice = {
  key: 'escape',
  label: 'No, and stop',
  answer: { action: 'cancel', content: null },
  grants: false,
}

/** What is to be filled in needs a form, which is not here: it can be declined. */
const elicitation = (params: Params): Asked => {
  const needed = words(params.requestedSchema?.required)
  const yes =
    needed.length > 0 ? [] : [{ key: 'y', label: 'Yes', answer: { action: 'accept', content: {} }, grants: true }]
  return {
    lines: [
      `The MCP server ${shownLine(params.serverName)} asks:`,
      ...shownLines(params.message).map((line) => `| ${line}`),
      ...(params.url ? [shownLine(params.url)] : []),
      ...more('with', params._meta?.tool_params),
      ...(needed.length > 0
        ? [`It wants to know ${shownLine(needed.join(', '))}, which cannot be filled in here.`]
        : []),
    ],
    choices: [...yes, NO_TOOL, CANCEL_TOOL],
  }
}

const ASKED: Readonly<Record<string, (params: Params, changes: readonly FileUpdateChange[] | undefined) => Asked>> = {
  'item/commandExecution/requestApproval': command,
  'item/fileChange/requestApproval': fileChange,
  'item/permissions/requestApproval': permissions,
  'mcpServer/elicitation/request': elicitation,
}

/** Undefined for what cannot be answered here. `changes` are those of the item that it is about, as far as it was told. */
export const askedOf = (
  { method, params }: Pick<OpenQuestion, 'method' | 'params'>,
  changes?: readonly FileUpdateChange[],
): Asked | undefined => rowOf(ASKED, method)?.(params ?? {}, changes)

/** The answer to it that lets nothing happen, and the turn go on. */
export const declined = (question: Pick<OpenQuestion, 'method' | 'params'>): object | undefined =>
  askedOf(question)?.choices.find(({ key }) => key === 'n')?.answer ?? askedOf(question)?.choices.at(-1)?.answer
