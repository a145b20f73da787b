/** Proves our clients on the app-server of stock Codex: a turn, an approval, a break in its middle, and the thread again. */
import { join } from 'node:path'
import { openRelay, verifies } from '@towline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { openTmux } from '../../system/tmux.ts'
import { WITHOUT_AGENTS } from '../mcp/judges.ts'
import { succeed } from '../processes.ts'
import { towline } from '../towline.ts'
import { openStockServer } from './stock-server.ts'

/** Codex takes its time on a busy machine. */
const WITHIN_MS = 60_000

describe.skipIf(WITHOUT_AGENTS)('interop app-server, our clients of a stock server', () => {
  const opened: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of opened.splice(0).toReversed()) await close()
  })

  const openStock = async (): Promise<{
    readonly port: number
    readonly path: string
    readonly env: Readonly<Record<string, string>>
  }> => {
    const { home, port, close } = await openStockServer('echo it-is-$((40+2))')
    opened.push(close)
    return {
      port,
      path: home.path,
      env: { ...home.env, TERM: 'xterm-256color', TOWLINE_HOME: join(home.path, 'towline') },
    }
  }

  it('asks for a command, over a break, shows what it did, and comes back to it', async () => {
    verifies('tui.remote')
    verifies('tui.reconnect')
    verifies('tui.resume')
    const { port, path, env } = await openStock()
    await using relay = await openRelay(port)
    const remote = ['--remote', `ws://127.0.0.1:${relay.port}`, '--cd', path]
    await using tmux = await openTmux(env, { cols: 110, rows: 40 })
    await tmux.enter(towline('tui', ...remote).join(' '))
    await tmux.until(/scripted · /, WITHIN_MS)
    await tmux.enter('Go on.')
    await tmux.until(/Run this command\?[^]*May it\?/, WITHIN_MS)
    relay.cut()
    await tmux.until(/^(?![^]*Reconnecting)[^]*Run this command\?/, WITHIN_MS)
    await tmux.press('y')
    const screen = await tmux.until(/^Done\./m, WITHIN_MS)
    expect(screen).toMatch(/it-is-42/)
    expect(screen.match(/^> Go on\.$/gm)).toHaveLength(1)
    expect(screen.match(/^Done\.$/gm)).toHaveLength(1)
    await tmux.enter('/quit')
    await tmux.until(/^local>$/m, WITHIN_MS)
    await using again = await openTmux(env, { cols: 110, rows: 40 })
    await again.enter(towline('tui', 'resume', '--last', ...remote).join(' '))
    await again.until(/^> Go on\.[^]*it-is-42[^]*^Done\.$/m, WITHIN_MS)
  })

  it('runs one turn without questions', async () => {
    verifies('agent.headless')
    const { port, path, env } = await openStock()
    const words = [
      'exec',
      'Go on.',
      '--remote',
      `ws://127.0.0.1:${port}`,
      '--cd',
      path,
      '--approve',
      'on-request',
      '--json',
    ]
    const told = (await succeed(towline(...words), { env }))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly type: string })
    expect(told.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['thread.started', 'turn.started', 'item.completed', 'turn.completed']),
    )
    expect(told).toContainEqual({
      type: 'item.completed',
      item: expect.objectContaining({ type: 'agent_message', text: 'Done.' }),
    })
  })
})
