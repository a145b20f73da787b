/** Proves what is read of lines, ours and those of Codex. */
import type { ThreadItem } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { missingAnswers } from '../history.ts'
import { linesOf } from '../item-lines.ts'
import type { RolloutLine } from '../rollout-line.ts'
import { stockItemLine } from '../stock-item-line.ts'
import { Projection } from './projection.ts'
import { stockItem } from './stock-item.ts'

const T1 = '01a215f5-0558-70e0-91b1-e36ded979a1d'
const T2 = '01a215f5-0558-70e0-91b1-e36ded979a1e'

const read = (...lines: readonly RolloutLine[]): Projection => {
  const projection = new Projection()
  for (const line of lines) projection.push({ timestamp: '', ...line })
  return projection
}
const event = (type: string, payload: object = {}): RolloutLine => ({
  type: 'event_msg',
  payload: { type, ...payload },
})
const heard = (text: string): RolloutLine => ({
  type: 'response_item',
  payload: { type: 'message', role: 'user', text },
})

const ITEMS: readonly ThreadItem[] = [
  { type: 'userMessage', id: 'u', clientId: 'mine', content: [{ type: 'text', text: 'hi', text_elements: [] }] },
  { type: 'agentMessage', id: 'a', text: 'hello', phase: 'final_answer' },
  { type: 'plan', id: 'p', text: 'look' },
  { type: 'reasoning', id: 'r', summary: ['think'], content: [] },
  {
    ...{ type: 'commandExecution', id: 'c', command: "/bin/bash -lc 'echo a b'", cwd: '/srv/app', processId: '7' },
    ...{ source: 'unifiedExecStartup', status: 'declined', aggregatedOutput: 'a\n', exitCode: 1, durationMs: 1500 },
    commandActions: [
      { type: 'read', command: 'cat x', name: 'x', path: '/x' },
      { type: 'listFiles', command: 'ls', path: null },
      { type: 'search', command: 'rg y', query: 'y', path: '.' },
      { type: 'unknown', command: 'z' },
    ],
  },
  {
    ...{ type: 'fileChange', id: 'f', status: 'completed' },
    changes: [
      { path: '/a', kind: { type: 'add' }, diff: 'a\n' },
      { path: '/b', kind: { type: 'update', move_path: '/c' }, diff: '@@' },
      { path: '/d', kind: { type: 'delete' }, diff: 'd\n' },
    ],
  },
  {
    ...{ type: 'mcpToolCall', id: 'm', server: 's', tool: 't', status: 'failed', arguments: { a: 1 }, result: null },
    ...{ error: { message: 'no' }, durationMs: 3 },
  },
  { type: 'imageView', id: 'i', path: '/i.png' },
  { type: 'contextCompaction', id: 'k' },
]

describe('threads projection:', () => {
  it.each(ITEMS)('$type goes to a line of Codex and back', (item) => {
    const line = stockItemLine({ thread_id: 't', turn_id: T1, completed_at_ms: 5 }, item)
    expect(stockItem(line['item'] as never)).toEqual(item)
  })

  it.each(['legacy', 'paginated'] as const)('shows each item of ours once, in %s files', (mode) => {
    const lines = ITEMS.flatMap((item) =>
      linesOf('item/completed', { threadId: 't', turnId: T1, item, completedAtMs: 1 }, mode),
    )
    const turns = read(
      event('task_started', { turn_id: T1 }),
      ...lines,
      event('task_complete', { turn_id: T1 }),
    ).turns()
    expect(turns.map(({ items }) => items)).toEqual([ITEMS])
  })

  it('passes on items of sorts that it does not know', () => {
    const item = { type: 'Sleep', id: 's', duration_ms: 5 }
    const turns = read(event('task_started', { turn_id: T1 }), event('item_completed', { turn_id: T1, item })).turns(T1)
    expect(turns[0]?.items).toEqual([{ type: 'sleep', id: 's', duration_ms: 5 }])
  })

  it('tells a turn that runs from one that was left', () => {
    const lines = [event('task_started', { turn_id: T1, started_at: 3 })]
    expect(read(...lines).turns(T1)[0]).toMatchObject({ id: T1, status: 'inProgress', startedAt: 3 })
    expect(read(...lines).turns()[0]?.status).toBe('interrupted')
    expect(
      read(...lines, event('task_started', { turn_id: T2 }))
        .turns(T2)
        .map(({ status }) => status),
    ).toEqual(['interrupted', 'inProgress'])
  })

  it('tells how a turn failed, in the words of clients', () => {
    const error = { message: 'lost', codex_error_info: { response_stream_disconnected: { http_status_code: 502 } } }
    const [turn] = read(
      event('task_started', { turn_id: T1 }),
      event('task_complete', { turn_id: T1, error, duration_ms: 7 }),
    ).turns()
    expect(turn).toMatchObject({
      ...{ status: 'failed', durationMs: 7 },
      error: { message: 'lost', codexErrorInfo: { responseStreamDisconnected: { httpStatusCode: 502 } } },
    })
  })

  it('makes turns of messages where early versions wrote no others', () => {
    const said = (message: string) => event('user_message', { message })
    const turns = read(said('one'), event('agent_message', { message: 'a' }), said('two')).turns()
    expect(turns.map(({ items }) => items.length)).toEqual([2, 1])
  })

  it('takes back turns that a person went back from, also from the model', () => {
    const projection = read(
      ...[event('task_started', { turn_id: T1 }), heard('one'), event('task_complete', { turn_id: T1 })],
      ...[event('task_started', { turn_id: T2 }), heard('two'), event('task_complete', { turn_id: T2 })],
      event('thread_rolled_back', { num_turns: 1 }),
    )
    expect([projection.turns().map(({ id }) => id), projection.history]).toEqual([[T1], [heard('one').payload]])
  })

  it('has the history of after the last compaction', () => {
    const kept = [{ type: 'message', role: 'user', text: 'summary' }]
    const compacted = { type: 'compacted', payload: { message: 'summary', replacement_history: kept } }
    expect(read(heard('one'), compacted, heard('two')).history).toEqual([...kept, heard('two').payload])
  })

  it('answers calls that were left without one', () => {
    const call = (type: string, call_id: string) => ({ type, call_id })
    const items = [call('function_call', 'a'), call('function_call_output', 'a'), call('custom_tool_call', 'b')]
    expect(missingAnswers(items)).toEqual([{ type: 'custom_tool_call_output', call_id: 'b', output: 'aborted' }])
  })

  it('passes over lines it does not know, and shapes that are none', () => {
    const odd = [event('task_started'), event('item_completed', { item: 3 }), { type: 'response_item', payload: {} }]
    const projection = read({ type: 'new_line', payload: {} }, event('new_event'), ...odd)
    expect([projection.turns(), projection.history]).toEqual([[], []])
  })
})
