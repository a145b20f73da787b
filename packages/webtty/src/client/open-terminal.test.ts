/** Proves that a terminal shows, sends and ends as it is told, and stays within its bounds. */
import { AppError, FD, LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it, vi } from 'vitest'
import { terminalRig } from './terminal.fixture.ts'

describe('webtty terminal', () => {
  it('shows output, sends input, and tells how the program ended', async () => {
    const { screen, terminal, sessions } = terminalRig()
    sessions.play = (process) => {
      process.onInput = (bytes) => process.prints(FD.pty, bytes)
      process.prints(FD.pty, '$ ')
    }
    terminal.write(Buffer.from('ls'))
    await screen.until(() => screen.shown.toString() === '$ ls')
    sessions.all.get('p1')?.exits({ exitCode: 7 })
    expect(await terminal.done).toMatchObject({ how: 'exited', exit: { exitCode: 7 } })
    expect(screen.states).toEqual(['open', 'ended'])
  })

  it('never holds more than its window, and the program waits', async () => {
    verifies('term.interrupt')
    const { screen, process, terminal } = terminalRig()
    screen.hold = true
    await screen.until(() => terminal.state === 'open')
    process().prints(FD.pty, new Uint8Array(5_000_000))
    await screen.until(() => screen.end === LIMITS.webttyWindowNear)
    await new Promise((done) => setImmediate(done))
    expect(screen.end).toBe(LIMITS.webttyWindowNear)
    terminal.consumed(100_000)
    await screen.until(() => screen.end === LIMITS.webttyWindowNear + 100_000)
  })

  it('asks a writer to stop, and says when it may go on', async () => {
    const { screen, process, terminal } = terminalRig()
    await screen.until(() => terminal.state === 'open')
    expect(terminal.write(new Uint8Array(LIMITS.webttyInputBytes))).toBe(false)
    await screen.until(() => screen.drains === 1)
    expect(terminal.write(Buffer.from('x'))).toBe(true)
    while (process().input.length <= LIMITS.webttyInputBytes) await new Promise((done) => setImmediate(done))
  })

  it('takes a paste of 1 MB', async () => {
    verifies('term.client')
    const { screen, process, terminal } = terminalRig()
    await screen.until(() => terminal.state === 'open')
    const paste = Buffer.alloc(1_000_000, 'paste ')
    terminal.write(paste)
    while (process().input.length < paste.length) await new Promise((done) => setImmediate(done))
    expect(process().input.equals(paste)).toBe(true)
  })

  it('leaves the program running when it detaches', async () => {
    const { screen, process, terminal } = terminalRig()
    await screen.until(() => terminal.state === 'open')
    await terminal.detach()
    expect(await terminal.done).toEqual({ how: 'detached' })
    expect(process().done).toEqual(['leave detach'])
    expect(terminal.session).toMatchObject({ processId: 'p1', resumeToken: 'token-1', offset: 0 })
  })

  it('ends the program when it is closed', async () => {
    const { screen, process, terminal } = terminalRig()
    await screen.until(() => terminal.state === 'open')
    terminal.close()
    expect(await terminal.done).toEqual({ how: 'closed' })
    await vi.waitUntil(() => process().done.includes('leave cancel'))
  })

  it('fails at once when it cannot be opened the first time', async () => {
    const error = new AppError('TUNNEL_OFFLINE')
    const { terminal, screen } = terminalRig({ connect: () => Promise.reject(error) })
    expect(await terminal.done).toEqual({ how: 'lost', error })
    expect(screen.states).toEqual(['ended'])
  })

  it('does not ask again for a terminal that was refused', async () => {
    const { terminal, sessions, links } = terminalRig()
    sessions.refusal = new AppError('LIMIT_REACHED', { limit: 'x', value: 1 })
    expect(await terminal.done).toMatchObject({ how: 'lost', error: { code: 'LIMIT_REACHED' } })
    expect(links.length).toBe(1)
  })
})
