/** Proves that a process belongs to the key that opened it: who else may come, and to do what. */
import { FD, type OpenRequest } from '@towline/protocol'
import { eventually, verifies } from '@towline/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { type Party, type Right, rightTo } from './rights.ts'
import { Listener, sessionsFixture } from './sessions.fixture.ts'

const fixture = sessionsFixture({ webttyKillGraceMs: 100 }, { PATH: process.env.PATH })
const { sessions } = fixture
afterAll(() => fixture[Symbol.asyncDispose]())

const party = (key: string, ...roles: readonly string[]): Party => ({ key, roles })
const ANN = party('ann', 'exec', 'pty')
const BEN = party('ben', 'exec', 'pty')
const EVE = party('eve', 'spectate')
const OPS = party('ops', 'control')

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'was not refused',
    (error: { code?: string }) => error.code,
  )

const opened = async (by: Party | undefined, more: Partial<OpenRequest> = {}): Promise<Listener> => {
  const listener = new Listener()
  listener.take(await sessions.open({ kind: 'pty', argv: ['cat'], ...more }, listener, by))
  return listener
}

const attached = async (to: Listener, by: Party | undefined, resumeToken?: string): Promise<Listener> => {
  const listener = new Listener()
  const { processId } = to.participation.session.info
  const ask = { processId, offsets: { [FD.pty]: 0 }, sink: listener, by }
  listener.take(await sessions.attach({ ...ask, ...(resumeToken !== undefined && { resumeToken }) }))
  return listener
}

describe('webtty rights: over a process', () => {
  const cases: readonly (readonly [who: string, by: Party | undefined, owner: string | undefined, right: Right])[] = [
    ['anyone, where clients are not told apart', undefined, undefined, 'act'],
    ['its owner', ANN, 'ann', 'act'],
    ['its owner, after the role was taken away', party('ann', 'exec'), 'ann', 'watch'],
    ['another client of the same roles', BEN, 'ann', 'none'],
    ['a spectator', EVE, 'ann', 'watch'],
    ['one with control', OPS, 'ann', 'act'],
    ['a client, over what nobody in particular opened', ANN, undefined, 'none'],
  ]
  it.each(cases)('of %s', (_who, by, owner, right) => {
    expect(rightTo({ kind: 'pty', owner }, by)).toBe(right)
  })
})

describe('webtty sessions: of clients that are told apart', () => {
  it('do not exist for another client, not even with a stolen token, which stays good for its owner', async () => {
    verifies('e2e.proof')
    const terminal = await opened(ANN)
    const { resumeToken, info } = terminal.participation.session
    expect(sessions.list(BEN)).toEqual([])
    expect(await codeOf(attached(terminal, BEN))).toBe('PROCESS_UNKNOWN')
    expect(await codeOf(attached(terminal, BEN, resumeToken))).toBe('PROCESS_UNKNOWN')
    expect(await codeOf(attached(terminal, OPS, resumeToken))).toBe('PROCESS_UNKNOWN')
    expect(await codeOf(opened(BEN, { processId: info.processId }))).toBe('PROCESS_CONFLICT')
    const again = await attached(terminal, ANN, resumeToken)
    expect(sessions.list(ANN).map(({ processId }) => processId)).toEqual([info.processId])
    again.participation.leave('cancel')
  })

  it('are shown to a spectator, who can neither type nor end them', async () => {
    const terminal = await opened(ANN)
    const watcher = await attached(terminal, EVE)
    const { participation } = watcher
    expect(participation.session).toMatchObject({ watching: true, resumeToken: '' })
    terminal.participation.write(0, Buffer.from('hello\n'))
    await watcher.printed('hello\r\nhello')
    expect(watcher.inbox.all.filter(({ kind }) => kind === 'stdin')).toEqual([])
    const forbidden = { code: 'FORBIDDEN', details: { permission: 'control' } }
    for (const act of [
      () => participation.write(6, Buffer.from('evil\n')),
      () => participation.endStdin(6),
      () => participation.signal('KILL', 'group'),
    ])
      expect(act).toThrow(expect.objectContaining(forbidden))
    participation.resize({ cols: 1, rows: 1 })
    participation.leave('cancel')
    terminal.participation.write(6, Buffer.from('still here\n'))
    await terminal.printed('still here\r\nstill here')
    terminal.participation.leave('cancel')
  })

  it('are not held by a spectator while their owner is away', async () => {
    const terminal = await opened(ANN)
    const { resumeToken } = terminal.participation.session
    terminal.participation.leave('cut')
    const watcher = await attached(terminal, EVE)
    watcher.participation.leave('cancel')
    const again = await attached(terminal, ANN, resumeToken)
    expect(again.participation.session.info.state).toBe('running')
    again.participation.leave('cancel')
  })

  it('are in the hands of one with control', async () => {
    const terminal = await opened(ANN)
    const other = await attached(terminal, OPS)
    other.participation.write(0, Buffer.from('from ops\n'))
    await terminal.printed('from ops\r\nfrom ops')
    terminal.participation.leave('cancel')
  })

  it('end at once with the right of their owner, but for those that were left running', async () => {
    verifies('e2e.authorized')
    const [terminal, left] = [await opened(ANN), await opened(ANN, { detach: true })]
    for (const { participation } of [terminal, left]) participation.leave('revoked')
    const info = await eventually('its end', () => {
      const now = terminal.participation.session.info
      return now.exit ? now : undefined
    })
    expect(info.exit?.killedBy).toBe('cancel')
    expect(left.participation.session.info.state).toBe('running')
    left.participation.leave('cancel')
    ;(await attached(left, OPS)).participation.signal('KILL', 'group')
  })
})
