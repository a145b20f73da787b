/** Proves the view of a thread: what events make of it, the same wherever a break falls. */
import type { AppNotification } from '@towline/app-server'
import type { Thread, ThreadItem, Turn } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { reduce, type ViewEvent } from './reduce.ts'
import { EMPTY_VIEW, lastAnswer, type View } from './view.ts'

const THREAD = { id: 't1', cwd: '/srv', model: 'm', turns: [] } as unknown as Thread
const OPENED: ViewEvent = { type: 'opened', opened: { thread: THREAD } }
const told = (method: string, params: object): ViewEvent => ({
  type: 'told',
  told: { method, params: { threadId: 't1', turnId: 'u1', ...params } } as AppNotification,
})
const turn = (status: Turn['status'], items: readonly ThreadItem[] = [], id = 'u1') =>
  ({ id, status, items, error: status === 'failed' ? { message: 'broke' } : null }) as unknown as Turn
const USER: ThreadItem = {
  type: 'userMessage',
  id: 'i1',
  clientId: 'mine',
  content: [{ type: 'text', text: 'go', text_elements: [] }],
}
const COMMAND: Extract<ThreadItem, { readonly type: 'commandExecution' }> = {
  ...{
    type: 'commandExecution' as const,
    id: 'i2',
    command: 'ls',
    cwd: '/srv',
    processId: null,
    source: 'agent' as const,
  },
  ...{ commandActions: [], aggregatedOutput: null, exitCode: null, durationMs: null, status: 'inProgress' as const },
}
const message = (text: string, id = 'i3'): ThreadItem => ({ type: 'agentMessage', id, text, phase: null })

const after = (...events: readonly ViewEvent[]): View => events.reduce(reduce, EMPTY_VIEW)
/** What a person would see: kinds and texts, in order. */
const seen = ({ entries }: View): readonly string[] =>
  entries.map(
    ({ item, text }) =>
      `${item.type}: ${item.type === 'notice' ? item.text : item.type === 'userMessage' ? 'go' : text}`,
  )

/** A whole turn. */
const EVENTS: readonly ViewEvent[] = [
  told('turn/started', { turn: turn('inProgress') }),
  told('item/started', { item: USER }),
  told('item/completed', { item: USER }),
  told('item/started', { item: COMMAND }),
  told('item/commandExecution/outputDelta', { itemId: 'i2', delta: 'a\n' }),
  told('item/commandExecution/outputDelta', { itemId: 'i2', delta: 'b\n' }),
  told('item/completed', { item: { ...COMMAND, status: 'completed', exitCode: 0, aggregatedOutput: 'a\nb\n' } }),
  told('item/started', { item: message('') }),
  told('item/agentMessage/delta', { itemId: 'i3', delta: 'All ' }),
  told('item/agentMessage/delta', { itemId: 'i3', delta: 'done' }),
  told('item/completed', { item: message('All done') }),
  told('turn/completed', { turn: turn('completed') }),
]
const SEEN = ['userMessage: go', 'commandExecution: a\nb\n', 'agentMessage: All done']

describe('tui view: a turn', () => {
  it('is what its events say, and settles as it goes', () => {
    const view = after(OPENED, { type: 'sent', clientId: 'mine', text: 'go' }, ...EVENTS)
    expect(seen(view)).toEqual(SEEN)
    expect([view.settled, view.turnId, lastAnswer(view)]).toEqual([3, undefined, 'All done'])
  })

  it.each(EVENTS.map((_, at) => at))('is the same when event %i comes twice', (at) => {
    const twice = EVENTS.flatMap((event, index) => (index === at && !isDelta(event) ? [event, event] : [event]))
    expect(seen(after(OPENED, ...twice))).toEqual(SEEN)
  })

  it.each(EVENTS.map((_, at) => at))('is the same when the thread is read anew after event %i', (at) => {
    verifies('tui.reconnect')
    const before = after(OPENED, { type: 'sent', clientId: 'mine', text: 'go' }, ...EVENTS.slice(0, at))
    const read: ViewEvent = { type: 'read', thread: { ...THREAD, turns: [whole()] } }
    expect(seen(reduce(before, read))).toEqual(SEEN)
    expect(reduce(before, read).settled).toBe(3)
  })

  it.each(EVENTS.map((_, at) => at))('is the same when items read anew have other names, after event %i', (at) => {
    verifies('tui.reconnect')
    const renamed = whole().items.map((item, index) => ({
      ...item,
      id: `item-${index}`,
      ...(item.type === 'userMessage' && { clientId: null }),
    }))
    const before = after(OPENED, ...EVENTS.slice(0, at))
    expect(seen(reduce(before, { type: 'read', thread: { ...THREAD, turns: [turn('completed', renamed)] } }))).toEqual(
      SEEN,
    )
  })

  it('goes on where it was read in the middle', () => {
    verifies('tui.reconnect')
    const read: ViewEvent = {
      type: 'read',
      thread: { ...THREAD, turns: [turn('inProgress', [USER, { ...COMMAND, aggregatedOutput: 'a\n' }])] },
    }
    const view = after(OPENED, ...EVENTS.slice(0, 4), read, ...EVENTS.slice(5))
    expect(seen(view)).toEqual(SEEN)
  })
})

const whole = (): Turn =>
  turn('completed', [
    USER,
    { ...COMMAND, status: 'completed', exitCode: 0, aggregatedOutput: 'a\nb\n' },
    message('All done'),
  ])
const isDelta = (event: ViewEvent): boolean => event.type === 'told' && /Delta|delta/.test(event.told.method)

describe('tui view: around a turn', () => {
  const QUESTION = {
    id: 's1',
    method: 'item/commandExecution/requestApproval',
    params: { threadId: 't1', turnId: 'u1' },
  }

  it.each([
    ['serverRequest/resolved', { requestId: 's1' }],
    ['turn/completed', { turn: turn('interrupted') }],
  ])('closes a question by %s', (method, params) => {
    const asked = after(OPENED, { type: 'asked', question: QUESTION }, { type: 'asked', question: QUESTION })
    expect(asked.questions).toHaveLength(1)
    expect(reduce(asked, told(method, params)).questions).toEqual([])
  })

  it('keeps a question that comes before its thread is opened', () => {
    expect(after({ type: 'asked', question: QUESTION }, OPENED).questions).toEqual([QUESTION])
  })

  it('closes a question whose turn is over in a thread that is read anew', () => {
    const read: ViewEvent = { type: 'read', thread: { ...THREAD, turns: [turn('completed')] } }
    expect(after(OPENED, { type: 'asked', question: QUESTION }, read).questions).toEqual([])
  })

  it('takes back a message that could not be sent', () => {
    expect(seen(after(OPENED, { type: 'sent', clientId: 'x', text: 'go' }, { type: 'unsent', clientId: 'x' }))).toEqual(
      [],
    )
  })

  it('ends what was under way with its turn, and says how', () => {
    const view = after(OPENED, ...EVENTS.slice(0, 5), told('turn/completed', { turn: turn('failed') }))
    expect(seen(view)).toEqual(['userMessage: go', 'commandExecution: a\n', 'notice: broke'])
    expect(view.settled).toBe(3)
  })

  it('leaves out other threads, and what it does not know or understand', () => {
    const view = after(OPENED)
    for (const event of [
      told('item/completed', { threadId: 'other', item: message('x') }),
      told('some/news', { item: message('x') }),
      told('item/started', {}),
      told('turn/plan/updated', { plan: 7 }),
      told('turn/completed', {}),
      told('toString', {}),
    ])
      expect(reduce(view, event)).toEqual(view)
  })

  it('forgets the thread before when another is opened', () => {
    const view = after(OPENED, ...EVENTS, {
      type: 'opened',
      opened: { thread: { ...THREAD, id: 't2' }, model: 'n', cwd: '/x' },
    })
    expect([view.entries, view.thread?.id, view.model, view.cwd, view.opening]).toEqual([[], 't2', 'n', '/x', 2])
  })
})
