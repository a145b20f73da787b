/** Owns what each notification of a thread does to the view; notifications that are not here do nothing. */
import { LIMITS, type ThreadItem, type ThreadNotification, type ThreadNotifications } from '@towline/protocol'
import { type Entry, settle, type View, withNotice } from './view.ts'

type Told = { readonly [Name in ThreadNotification]?: (view: View, params: ThreadNotifications[Name]) => View }

/** Items that show text which grows. */
const textOf = (item: ThreadItem): string => {
  if (item.type === 'agentMessage' || item.type === 'plan') return item.text
  if (item.type === 'reasoning') return item.summary.join('\n\n')
  return item.type === 'commandExecution' ? (item.aggregatedOutput ?? '') : ''
}

/** The end of what is too long to show. */
const tail = (text: string): string => text.slice(-LIMITS.tuiMessageChars)

export const entryOf = (turnId: string, item: ThreadItem, isDone: boolean): Entry => ({
  key: item.id,
  turnId,
  item,
  text: tail(textOf(item)),
  isDone,
})

/** Changes an entry that is not settled; others stay as they were. */
const change = (view: View, key: string, how: (entry: Entry) => Entry): View => {
  const at = view.entries.findIndex((entry) => entry.key === key)
  if (at < view.settled) return view
  return settle({ ...view, entries: view.entries.with(at, how(view.entries[at] as Entry)) })
}

/** A message that was shown when it was sent is the one that comes back. */
const placeOf = ({ entries }: View, item: ThreadItem): number => {
  const known = entries.findIndex(({ key }) => key === item.id)
  if (known >= 0 || item.type !== 'userMessage') return known
  return entries.findIndex(({ key, turnId }) => turnId === '' && key === (item.clientId ?? key) && isSent(entries, key))
}

/** Not heard of since. */
const isSent = (entries: View['entries'], key: string): boolean =>
  entries.some((entry) => entry.key === key && entry.item.type === 'userMessage' && !entry.isDone)

export const put = (view: View, turnId: string, { item, isDone }: { item: ThreadItem; isDone: boolean }): View => {
  const at = placeOf(view, item)
  if (at >= 0 && at < view.settled) return view
  const made = entryOf(turnId, item, isDone)
  const before = view.entries[at]
  // What has come of it in pieces is kept when the whole is not told.
  const entry = before && made.text === '' ? { ...made, text: before.text } : made
  return settle({ ...view, entries: before ? view.entries.with(at, entry) : [...view.entries, entry] })
}

const grown = (view: View, { itemId, delta }: { readonly itemId: string; readonly delta: string }): View =>
  change(view, itemId, (entry) => ({ ...entry, text: tail(entry.text + delta) }))

/** Nothing of a turn that is over changes any more. */
const over = (view: View, turnId: string): View =>
  settle({
    ...view,
    turnId: view.turnId === turnId ? undefined : view.turnId,
    retrying: undefined,
    questions: view.questions.filter(({ params }) => params.turnId !== turnId),
    entries: view.entries.map((entry) =>
      entry.isDone || entry.turnId !== turnId ? entry : { ...entry, isDone: true },
    ),
  })

export const TOLD: Told = {
  'thread/name/updated': (view, { threadName }) =>
    view.thread ? { ...view, thread: { ...view.thread, name: threadName ?? null } } : view,
  'thread/status/changed': (view, { status }) =>
    status.type === 'systemError' ? withNotice(view, 'error', 'The thread broke on the server.') : view,
  'thread/closed': (view) => withNotice(view, 'warning', 'The server closed this thread.'),
  'thread/deleted': (view) => withNotice(view, 'warning', 'This thread was deleted.'),
  'thread/environment/connected': (view, { environmentId }) =>
    withNotice(view, 'info', `The environment ${environmentId} is connected.`),
  'thread/environment/disconnected': (view, { environmentId }) =>
    withNotice(view, 'warning', `The environment ${environmentId} is disconnected.`),
  'thread/tokenUsage/updated': (view, { tokenUsage }) => ({ ...view, usage: tokenUsage }),
  'turn/started': (view, { turn }) => ({ ...view, turnId: turn.id, plan: undefined, retrying: undefined }),
  'turn/completed': (view, { turn }) => {
    const ended = over(view, turn.id)
    if (turn.status === 'interrupted') return withNotice(ended, 'warning', 'Interrupted.')
    if (turn.status === 'failed') return withNotice(ended, 'error', turn.error?.message ?? 'The turn failed.')
    return ended
  },
  'turn/plan/updated': (view, { explanation, plan }) => ({ ...view, plan: { explanation, steps: [...plan] } }),
  'item/started': (view, { turnId, item }) => ({ ...put(view, turnId, { item, isDone: false }), retrying: undefined }),
  'item/completed': (view, { turnId, item }) => put(view, turnId, { item, isDone: true }),
  'item/agentMessage/delta': grown,
  'item/plan/delta': grown,
  'item/reasoning/summaryTextDelta': grown,
  'item/reasoning/summaryPartAdded': (view, { itemId, summaryIndex }) =>
    summaryIndex === 0 ? view : grown(view, { itemId, delta: '\n\n' }),
  'item/commandExecution/outputDelta': grown,
  'item/fileChange/patchUpdated': (view, { itemId, changes }) =>
    change(view, itemId, (entry) =>
      entry.item.type === 'fileChange' ? { ...entry, item: { ...entry.item, changes } } : entry,
    ),
  'serverRequest/resolved': (view, { requestId }) => ({
    ...view,
    questions: view.questions.filter(({ id }) => id !== requestId),
  }),
  error: (view, { error, willRetry }) =>
    willRetry ? { ...view, retrying: error.message } : withNotice(view, 'error', error.message),
  warning: (view, { message }) => withNotice(view, 'warning', message),
  'mcpServer/startupStatus/updated': (view, { name, status, error }) =>
    status === 'failed'
      ? withNotice(view, 'warning', `The MCP server ${name} did not start: ${error ?? status}`)
      : view,
}
