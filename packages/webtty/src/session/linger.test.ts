/** Proves that a command that lingers waits for who was cut off from it, and that nothing of its output is lost. */
import { FD } from '@towline/protocol'
import { eventually } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, describe, expect, it } from 'vitest'
import { bash, Listener, sessionsFixture } from './sessions.fixture.ts'

const RING = 128 * 1024
const LINES = 200_000
const fixture = sessionsFixture(
  { webttyKillGraceMs: 100, webttyDetachMs: 3_000, webttyExecRing: RING },
  { PATH: process.env.PATH },
)
const { sessions, run } = fixture
afterAll(() => fixture[Symbol.asyncDispose]())

const state = (listener: Listener): string => listener.participation.session.info.state

describe('webtty sessions: a command that lingers', () => {
  it('waits with more output than is kept, and goes on where it was', async () => {
    verifies('execd.resume')
    const before = new Listener()
    const request = { kind: 'exec', argv: bash(`exec seq 1 ${LINES}`), linger: true } as const
    before.take(await sessions.open(request, before), 1000)
    await before.inbox.until('the first bytes', () => before.text(FD.stdout).length === 1000)
    const { processId } = before.participation.session.info
    const { resumeToken } = before.participation.session
    before.participation.leave('cut')
    const after = new Listener()
    after.take(await sessions.attach({ processId, resumeToken, offsets: { [FD.stdout]: 1000 }, sink: after }))
    expect((await after.exit()).exitCode).toBe(0)
    const text = before.text(FD.stdout) + after.text(FD.stdout, 1000)
    expect(text).toBe(Array.from({ length: LINES }, (_, index) => `${index + 1}\n`).join(''))
  })

  it('is ended by who leaves it, as any other is by a cut', async () => {
    for (const [linger, how] of [
      [true, 'cancel'],
      [false, 'cut'],
    ] as const) {
      const listener = await run({ kind: 'exec', argv: ['sleep', '60'], linger })
      listener.participation.leave(how)
      await eventually('the end', () => (state(listener) === 'running' ? undefined : true))
      expect(state(listener)).toBe('killed')
    }
  })
})
