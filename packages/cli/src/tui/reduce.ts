/** Owns how events change the view: what a server tells, a thread that is opened or read anew, and what a person did. */
import type { AppClientState, AppNotification } from '@towline/app-server'
import type { RpcId, Thread, ThreadItem } from '@towline/protocol'
import { rowOf } from '../row-of.ts'
import { put, TOLD } from './told.ts'
import { EMPTY_VIEW, type Notice, type OpenQuestion, settle, type View, withNotice } from './view.ts'

export interface OpenedThread {
  readonly thread: Thread
  readonly model?: string
  readonly cwd?: string
}

export type ViewEvent =
  | { readonly type: 'opened'; readonly opened: OpenedThread }
  | { readonly type: 'told'; readonly told: AppNotification }
  /** Read anew after a break. */
  | { readonly type: 'read'; readonly thread: Thread }
  | { readonly type: 'asked'; readonly question: OpenQuestion }
  | { readonly type: 'answered'; readonly id: RpcId }
  /** `clientId` comes back with the message. */
  | { readonly type: 'sent'; readonly clientId: string; readonly text: string }
  | { readonly type: 'unsent'; readonly clientId: string }
  | { readonly type: 'link'; readonly link: AppClientState }
  | { readonly type: 'notice'; readonly level: Notice['level']; readonly text: string }

/** What cannot be understood leaves the view as it is. */
export const reduce = (view: View, event: ViewEvent): View => {
  switch (event.type) {
    case 'opened':
      return opened(view, event.opened)
    case 'told':
      return told(view, event.told)
    case 'read':
      return event.thread.id === view.thread?.id ? read(view, event.thread) : view
    case 'asked':
      return view.questions.some(({ id }) => id === event.question.id)
        ? view
        : { ...view, questions: [...view.questions, event.question] }
    case 'answered':
      return { ...view, questions: view.questions.filter(({ id }) => id !== event.id) }
    case 'sent':
      return put(view, '', { item: userMessage(event.clientId, event.text), isDone: false })
    case 'unsent':
      return { ...view, entries: view.entries.filter(({ key, isDone }) => isDone || key !== event.clientId) }
    case 'link':
      return { ...view, link: event.link }
    default:
      return withNotice(view, event.level, event.text)
  }
}

const userMessage = (clientId: string, text: string): ThreadItem => ({
  type: 'userMessage',
  id: clientId,
  clientId,
  content: [{ type: 'text', text, text_elements: [] }],
})

/** What was shown before stays in the scrollback. What is asked in the thread may come before it is opened. */
const opened = (view: View, { thread, model, cwd }: OpenedThread): View => {
  const { link, lastKey, opening } = view
  const settings = { model: model ?? thread.model ?? '', cwd: cwd ?? thread.cwd }
  const questions = view.questions.filter(({ params }) => params.threadId === thread.id)
  return read({ ...EMPTY_VIEW, link, lastKey, opening: opening + 1, thread, questions, ...settings }, thread)
}

type Change = (view: View, params: object) => View

const told = (view: View, { method, params }: AppNotification): View => {
  const change = rowOf(TOLD as Readonly<Record<string, Change>>, method)
  const { threadId } = params as { readonly threadId?: unknown }
  if (!change || (typeof threadId === 'string' && threadId !== view.thread?.id)) return view
  try {
    return change(view, params)
  } catch (error) {
    // Of another shape than we know.
    if (error instanceof TypeError) return view
    throw error
  }
}

/** Takes over what the thread is now. What is settled is shown already and stays; the rest is as it was read. */
const read = (view: View, thread: Thread): View => {
  let next: View = { ...view, thread: { ...thread, turns: [] }, turnId: undefined, retrying: undefined }
  const matched = new Set<string>()
  for (const turn of thread.turns) {
    const isUnderWay = turn.status === 'inProgress'
    if (isUnderWay) next = { ...next, turnId: turn.id }
    for (const item of turn.items) {
      const same = next.entries.find((entry) => !matched.has(entry.key) && isSame(entry, turn.id, item))
      matched.add(same?.key ?? item.id)
      next = put(next, turn.id, { item: { ...item, id: same?.key ?? item.id }, isDone: !isUnderWay || isOver(item) })
    }
  }
  const ended = new Set(thread.turns.filter(({ status }) => status !== 'inProgress').map(({ id }) => id))
  return settle({
    ...next,
    questions: next.questions.filter(({ params }) => !ended.has(params.turnId)),
    entries: next.entries.map((entry) => (ended.has(entry.turnId) ? { ...entry, isDone: true } : entry)),
  })
}

/** Stock servers name items of a thread that is read anew otherwise than while they came. */
const isSame = (
  { key, turnId, item: known, text }: View['entries'][number],
  turn: string,
  item: ThreadItem,
): boolean => {
  if (key === item.id || (item.type === 'userMessage' && item.clientId === key)) return true
  if (turnId !== turn || known.type !== item.type) return false
  if (item.type === 'agentMessage') return item.text.startsWith(text)
  if (item.type === 'commandExecution' && known.type === 'commandExecution') return item.command === known.command
  return item.type === 'userMessage'
}

/** Of a turn under way: what says itself that it goes on, and the last thing that is written. */
const isOver = (item: ThreadItem): boolean =>
  'status' in item ? item.status !== 'inProgress' : item.type === 'userMessage'
