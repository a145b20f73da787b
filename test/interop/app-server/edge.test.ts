/** Judges the edge before an app-server, of stock Codex and our own, by stock Codex on another machine: TLS, tokens that end, origins, and a network that breaks. */
import { existsSync, readFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { eventually, openRelay, type Relay } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { missing, openTmux, without } from '../../system/tmux.ts'
import { WITHOUT_AGENTS } from '../mcp/judges.ts'
import { type Asked, type Call, textOf } from '../../responses-model.ts'
import { succeed } from '../processes.ts'
import { openTowline, type Towline, towline } from '../towline.ts'
import '../../localhost-names.mjs'
import { type Devbox, openDevbox } from './devbox.ts'
import { openFarTui } from './far-tui.ts'

const lacks = missing('tmux', 'bwrap')

/** Of a request to the public address, without a WebSocket. */
const statusOf = async (url: string, ca: string, headers: Record<string, string>): Promise<number> =>
  new Promise((done, fail) => {
    get(url, { ca, headers, agent: false }, (answer) => {
      answer.resume()
      done(answer.statusCode ?? 0)
    }).on('error', fail)
  })

/** Codex comes back by itself, at times before its screen has said that it is away. */
const cutAndBack = async (relay: Relay): Promise<void> => {
  relay.cut()
  await eventually('the way back', () => (relay.open > 0 ? true : undefined))
}

describe.skipIf(WITHOUT_AGENTS || lacks.length > 0).each([
  ['stock Codex', 'stock'],
  ['our app-server', 'own'],
] as const)(`interop edge of %s${without(lacks)}`, (_, agent) => {
  let server: Towline
  let devbox: Devbox
  /** The model waits for it before it says anything. */
  let gate: Promise<unknown>
  let said: (asked: Asked) => readonly Call[]
  beforeAll(async () => {
    server = await openTowline()
    const next = async (asked: Asked): Promise<readonly Call[]> => {
      await gate
      return said(asked)
    }
    devbox = await openDevbox(server, 'devbox', { agent, next, words: ['--allow-origin', 'https://app.example.com'] })
  })
  afterAll(async () => {
    await devbox?.close()
    await server?.close()
  })
  beforeEach(() => {
    gate = Promise.resolve()
    said = () => []
  })
  const closing: (() => PromiseLike<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  const tuiAt = async (port: number, token: string) => {
    const remote = server.host('devbox').replace(/:\d+$/, `:${port}`)
    const tui = await openFarTui({ remote, token, caFile: server.caFile })
    closing.push(() => tui[Symbol.asyncDispose]())
    return tui
  }
  /** A question to the person, once. */
  const asks = (asked: Asked): readonly Call[] => {
    const { input = [] } = asked
    if (input.some(({ type, output }) => type.endsWith('_output') && textOf(output) !== '')) return []
    const args = { cmd: 'echo made > made.txt', sandbox_permissions: 'require_escalated', justification: 'to see' }
    return [{ name: 'exec_command', args }]
  }

  it('lets stock Codex in with a token, and shows the answer of the agent', async () => {
    verifies('reach.tunnel', 'reach.stock-tui')
    const { token } = await devbox.guest()
    const tui = await tuiAt(server.port, token)
    await tui.ready()
    await tui.say('hello there')
    await tui.sees(/Done\./)
    const list = towline('tunnel', 'list', '--filter', 'labels.towline.app/protocol=codex-app-server', '-o', 'json')
    expect(JSON.parse(await succeed(list, { env: server.env }))).toMatchObject([
      { name: 'devbox', kind: 'http', tokenAuth: true, surface: 'app-server' },
    ])
  })

  it('lets our own terminal in by its name, with the login of the context', async () => {
    verifies('reach.tunnel', 'tui.remote')
    await using tmux = await openTmux(
      { ...process.env, ...server.env, TERM: 'xterm-256color' },
      { cols: 100, rows: 40 },
    )
    await tmux.enter(towline('tui', '--remote', 'tow://devbox').join(' '))
    await tmux.until(/scripted/, 60_000)
    await tmux.type('hello there')
    await tmux.press('Enter')
    await tmux.until(/Done\./, 60_000)
  })

  it('lets nobody in with another token', async () => {
    verifies('reach.stock-tui')
    const tui = await tuiAt(server.port, 'tow_wrong')
    await tui.sees(/HTTP error: 401 Unauthor\s*ized\s*status 1/)
  })

  it('lets in a page only when the rule names its origin, and then the app-server answers', async () => {
    verifies('app.origin')
    const { token } = await devbox.guest()
    const ca = readFileSync(server.caFile, 'utf8')
    const url = `https://${server.host('devbox')}/readyz`
    const authorization = `Bearer ${token}`
    expect(await statusOf(url, ca, { authorization, origin: 'https://evil.example.com' })).toBe(403)
    expect(await statusOf(url, ca, { authorization, origin: 'https://app.example.com' })).toBe(200)
    expect(await statusOf(`${url}?towline.token=${token}`, ca, {})).toBe(401)
  })

  it('ends the connection when its token is revoked', async () => {
    verifies('app.auth.signed', 'reach.tunnel')
    const guest = await devbox.guest()
    const tui = await tuiAt(server.port, guest.token)
    await tui.ready()
    // Codex that loses its server while it starts does not come back.
    await tui.say('hello there')
    await tui.sees(/Done\./)
    await guest.revoke()
    await tui.sees(/Reconnecting to server/)
    const ca = readFileSync(server.caFile, 'utf8')
    const authorization = `Bearer ${guest.token}`
    expect(await statusOf(`https://${server.host('devbox')}/readyz`, ca, { authorization })).toBe(401)
  })

  it('goes on with a turn after the network broke in the middle of it', async () => {
    verifies('reach.stock-tui')
    let open = (): void => undefined
    gate = new Promise<void>((done) => {
      open = done
    })
    await using relay = await openRelay(server.port)
    const tui = await tuiAt(relay.port, (await devbox.guest()).token)
    await tui.ready()
    await tui.say('hello again')
    await tui.sees(/Working/)
    await cutAndBack(relay)
    await tui.sees(/Working/)
    open()
    await tui.sees(/Done\./)
  })

  it('goes on with a thread that nothing was said in when the network broke', async () => {
    verifies('reach.stock-tui')
    await using relay = await openRelay(server.port)
    const tui = await tuiAt(relay.port, (await devbox.guest()).token)
    await tui.ready()
    await cutAndBack(relay)
    await tui.say('hello at last')
    await tui.sees(/Done\./)
  })

  it('asks again what it had asked before the network broke', async () => {
    verifies('reach.stock-tui')
    said = asks
    await using relay = await openRelay(server.port)
    const tui = await tuiAt(relay.port, (await devbox.guest()).token)
    await tui.ready()
    await tui.say('make it')
    await tui.sees(/Would you like to run/)
    await cutAndBack(relay)
    // Until Codex is back a key is for nobody, and its screen does not say so.
    await eventually('the answer', async () => {
      await tui.sees(/Would you like to run[\s\S]*proceed|Done\./)
      await tui.press('y')
      return existsSync(join(devbox.project, 'made.txt')) ? true : undefined
    })
    await tui.sees(/Done\./)
  })
})
