/** Proves that nothing is granted that was not on the screen. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { liveLines } from './live-lines.ts'
import { paintFor } from './paint.ts'
import { pageOf, turned } from './question.ts'
import { Session } from './session.ts'
import { TuiStore } from './tui-state.ts'

const LONG = Array.from({ length: 40 }, (_, at) => `echo ${at}`).join('\n')

const asking = (store: TuiStore, id: string, params: object): void =>
  store.view({
    type: 'asked',
    question: { id, method: 'item/commandExecution/requestApproval', params: { cwd: '/srv', ...params } },
  })

const opened = (params: object, rows = 24) => {
  const store = new TuiStore(80, rows)
  asking(store, 'q', params)
  const keys = (): readonly string[] => pageOf(store.state)?.choices.map(({ key }) => key) ?? []
  return { store, keys, lines: () => liveLines(store.state, paintFor(false)) }
}

describe('tui questions', () => {
  it('offers a yes once all of a long one was shown, and says what is not', () => {
    verifies('tui.remote')
    const { store, keys, lines } = opened({ command: LONG })
    expect(keys()).toEqual(['n', 'escape'])
    expect(lines().join('\n')).toContain('Lines 1 to 13 of 42, more by ↓ and ↑. What was not shown cannot be approved.')
    for (let at = 0; at < 4; at += 1) {
      const page = pageOf(store.state)
      if (page) store.set({ reading: turned(page, 'down') })
    }
    expect(keys()).toEqual(['y', 's', 'n', 'escape'])
    expect(lines().join('\n')).toContain('? > echo 39\n? in /srv\nLines 30 to 42 of 42, more by ↓ and ↑.\n')
  })

  it.each([
    ['the window is small', { command: 'ls' }, 10],
    ['it is longer than anything shown', { command: 'x'.repeat(300_000) }, 24],
  ])('offers no yes where %s', (_, params, rows) => {
    const { store, keys } = opened(params, rows)
    const page = pageOf(store.state)
    if (page) store.set({ reading: { ...page.reading, seen: 1e9 } })
    expect(keys()).toEqual(['n', 'escape'])
  })

  it('draws no more lines than there are rows', () => {
    for (let rows = 1; rows < 30; rows += 1)
      expect(opened({ command: LONG }, rows).lines().length).toBeLessThanOrEqual(Math.max(rows - 1, 1))
  })

  it.each([
    [false, ['y', 's', 'n', 'escape']],
    [true, ['n', 'escape']],
  ])('takes changes of an item for those of the question unless it is over (%j)', (isDone, keys) => {
    const store = new TuiStore(80, 24)
    const changes = [{ path: 'a', kind: { type: 'add' }, diff: 'x\n' }] as const
    const item = { type: 'fileChange', id: 'f', changes: [...changes], status: 'inProgress' } as const
    const entry = { key: 'f', turnId: 't', item, text: '', isDone }
    const question = { id: 'q', method: 'item/fileChange/requestApproval', params: { itemId: 'f' } }
    store.set({ view: { ...store.state.view, entries: [entry], questions: [question] } })
    expect(pageOf(store.state)?.choices.map(({ key }) => key)).toEqual(keys)
  })

  it('takes no key for an answer to what is not on the screen yet', async () => {
    const store = new TuiStore(80, 24)
    const session = new Session({ store, cwd: undefined, settings: {}, all: false, copy: () => true, leave: () => {} })
    const { signal } = new AbortController()
    const params = { command: 'rm x', cwd: '/srv' }
    const answer = session.ask({ id: 'q', method: 'item/commandExecution/requestApproval', params, signal })
    session.press({ name: 'text', text: 'y' })
    expect(store.state.view.questions).toHaveLength(1)
    session.press({ name: 'text', text: 'n' })
    expect(await answer).toEqual({ decision: 'decline' })
  })
})
