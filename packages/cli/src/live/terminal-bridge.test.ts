/** Proves that our word over a full screen goes away again, whatever breaks meanwhile. */
import type { TtySize } from '@towline/protocol'
import type { Terminal, TerminalState } from '@towline/webtty'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { testIo } from '../../test/test-io.ts'
import { EscapeKeys } from './escape-keys.ts'
import type { LocalTerminal } from './local-terminal.ts'
import { TerminalBridge } from './terminal-bridge.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const SIZE: TtySize = { cols: 80, rows: 24 }

const rig = (isFull: boolean) => {
  const did: string[] = []
  const local: LocalTerminal = {
    size: () => SIZE,
    onResize: () => {},
    write: () => {},
    clear: () => {},
    banner: () => did.push('banner'),
    endBanner: () => isFull,
    close: () => {},
  }
  const bridge = new TerminalBridge(testIo().io, local, new EscapeKeys('~'))
  const terminal = { resize: ({ rows }: TtySize) => did.push(`rows ${rows}`), consumed: () => {} }
  bridge.begin(terminal as unknown as Terminal)
  const become = (...states: readonly TerminalState[]): void => states.forEach((state) => bridge.state(state))
  return { did, become, prints: () => bridge.output(0, Buffer.from('x')) }
}

const comesBack = ({ become }: ReturnType<typeof rig>): void => {
  become('waiting')
  vi.advanceTimersByTime(5_000)
  become('connecting', 'open')
}

describe('webtty client: the word over a broken screen', () => {
  it('has a program that fills the screen draw it again, once', () => {
    const client = rig(true)
    comesBack(client)
    vi.advanceTimersByTime(5_000)
    client.prints()
    client.become('waiting', 'connecting', 'open')
    vi.advanceTimersByTime(5_000)
    expect(client.did).toEqual(['banner', 'rows 23', 'rows 24'])
  })

  it('asks for it apart from what was typed meanwhile, which a program may not draw when its size changes at once', () => {
    const client = rig(true)
    comesBack(client)
    expect(client.did).toEqual(['banner'])
    vi.advanceTimersByTime(200)
    expect(client.did).toEqual(['banner', 'rows 23'])
  })

  it.each([
    ['before it was asked a second time', 0],
    ['before it answered', 5_000],
  ])('asks again when the next break came %s', (_when, ms) => {
    const client = rig(true)
    comesBack(client)
    client.prints()
    vi.advanceTimersByTime(ms)
    client.become('waiting')
    vi.advanceTimersByTime(1_000)
    client.did.length = 0
    client.become('connecting', 'open')
    vi.advanceTimersByTime(5_000)
    expect(client.did).toEqual(['rows 23', 'rows 24'])
  })

  it('changes no size where nothing fills the screen', () => {
    const client = rig(false)
    comesBack(client)
    client.become('waiting', 'connecting', 'open')
    vi.advanceTimersByTime(5_000)
    expect(client.did).toEqual(['banner'])
  })
})
