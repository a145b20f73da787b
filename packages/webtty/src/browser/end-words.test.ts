/** Proves what people read when a terminal on the page is over, and what they are told to do. */
import { AppError, type Exit } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { endWords, waitingWords } from './end-words.ts'

const ORIGIN = 'https://lab.example'
const COMMAND = 'towline webtty browse --url https://lab.example'
const EXIT: Exit = {
  exitCode: 3,
  signal: null,
  timedOut: false,
  killedBy: null,
  stdoutBytes: 0,
  stderrBytes: 0,
  durationMs: 1,
  startedAtMs: 1,
  pipesHeldBy: [],
}
const lost = (error: AppError) => endWords({ how: 'lost', error }, ORIGIN)

describe('webtty page words', () => {
  it('a token that is no longer good: how to get a new link, and nothing to try again', () => {
    expect(lost(new AppError('UNAUTHENTICATED'))).toEqual({
      title: 'This link lets in no longer: it has expired, or was withdrawn.',
      next: 'Make a new one on your own computer:',
      command: COMMAND,
    })
  })

  it('one that may not: what it lacks', () => {
    const error = new AppError('FORBIDDEN', { permission: 'tunnels.connect' })
    expect(lost(error)).toEqual({ title: error.message, next: 'Open it by a link of your own:', command: COMMAND })
  })

  it.each(['TUNNEL_UNKNOWN', 'PROCESS_UNKNOWN', 'WEBTTY_LOST', 'LIMIT_REACHED'] as const)(
    '%s: what to look at, and a way to go on',
    (code) => {
      const words = lost(new AppError(code, { problem: 'x', id: 'x', limit: 'x', value: 1 }))
      expect(words).toEqual({
        title: expect.stringMatching(/\.$/) as string,
        next: expect.stringMatching(/\.$/) as string,
        again: expect.any(String) as string,
      })
    },
  )

  it('while it comes back: whose network is gone', () => {
    expect([
      waitingWords(new AppError('TUNNEL_UNKNOWN'), true),
      waitingWords(new AppError('WEBTTY_LOST', { problem: 'x' }), true),
      waitingWords(undefined, false),
    ]).toEqual(['The machine is away; coming back\u2026', 'Coming back\u2026', 'Offline; coming back\u2026'])
  })

  it.each([
    [EXIT, 'Ended with status 3.'],
    [{ ...EXIT, exitCode: null, signal: 'SIGKILL' }, 'Ended by the signal SIGKILL.'],
    [{ ...EXIT, timedOut: true }, 'Ended: its time was over.'],
  ])('an end: its status (%#)', (exit, title) => {
    expect(endWords({ how: 'exited', exit }, ORIGIN)).toEqual({ title, next: '', again: 'Open another' })
  })
})
