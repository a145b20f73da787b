/** Proves the terminal client with a real app-server elsewhere: through a private tunnel, over cuts, and when the server is killed. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, openRelay, type Program, startUp, towline, type Up, verifies } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { missing, openTmux, without } from '../tmux.ts'
import { type Asked, type Model, openModel, type Said } from './model.ts'

const lacks = missing('tmux', 'bwrap')

const ESCALATED = {
  call: 'exec_command',
  args: { cmd: 'echo made', sandbox_permissions: 'require_escalated', justification: 'to make it' },
}

describe.skipIf(lacks.length > 0)(`tui with a server elsewhere${without(lacks)}`, () => {
  let up: Up
  let model: Model
  let answer: (asked: Asked) => Said
  let folder: string
  beforeEach(async () => {
    up = await startUp()
    answer = ({ prompt }) => ['You said: ', prompt]
    model = await openModel((asked) => answer(asked))
    folder = join(up.folder.path, 'agent')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'config.toml'), model.settings)
  })
  afterEach(async () => {
    await up?.close()
    await model?.[Symbol.asyncDispose]()
  })

  const serve = (...words: readonly string[]): Program =>
    up.start(['app-server', '--home', folder, '--cwd', up.folder.path, '-o', 'json', ...words])

  /** The address that it prints. */
  const listening = (server: Program): Promise<string> =>
    eventually('its address', () => /^(ws|unix):\S+$/m.exec(server.stdout())?.[0])

  it('drives it through a private tunnel', async () => {
    verifies('tui.remote')
    const server = serve('--tunnel', 'devbox', '--private')
    await server.status('online')
    await using tmux = await openTmux(up.env, { cols: 100, rows: 30 })
    await tmux.enter(towline('tui', '--remote', 'tow://devbox').join(' '))
    await tmux.until(/scripted · /)
    await tmux.enter('hello')
    await tmux.until(/You said: hello/)
    const { stdout, status } = await up.run(['exec', 'again', '--remote', 'tow://devbox'])
    expect([stdout, status]).toEqual(['You said: again\n', 0])
  })

  it('goes on in the middle of an answer when the network breaks', async () => {
    verifies('tui.reconnect')
    let go = (): void => {}
    const held = new Promise<void>((done) => {
      go = done
    })
    answer = () =>
      (async function* () {
        yield 'first '
        await held
        yield 'second '
        yield 'third'
      })()
    const server = serve('--listen', 'ws://127.0.0.1:0')
    const port = Number(new URL(await listening(server)).port)
    await using relay = await openRelay(port)
    await using tmux = await openTmux(up.env, { cols: 100, rows: 30 })
    await tmux.enter(towline('tui', '--remote', `ws://127.0.0.1:${relay.port}`).join(' '))
    await tmux.until(/scripted · /)
    await tmux.enter('go')
    await tmux.until(/^first/m)
    relay.cut()
    go()
    const screen = await tmux.until(/^first second third$/m)
    expect(screen.match(/first/g)).toHaveLength(1)
    expect(screen.match(/^> go$/gm)).toHaveLength(1)
  })

  it('asks again what waited when the server was killed', async () => {
    verifies('tui.reconnect')
    answer = ({ outputs }) =>
      outputs.length === 0 ? ESCALATED : ['It is ', outputs.join('').includes('made') ? 'made' : 'not made']
    const socket = join(up.folder.path, 's')
    const listen = ['--listen', `unix://${socket}`]
    const first = serve(...listen)
    await listening(first)
    await using tmux = await openTmux(up.env, { cols: 100, rows: 30 })
    await tmux.enter(towline('tui', '--remote', `unix://${socket}`).join(' '))
    await tmux.until(/scripted · /)
    await tmux.enter('go')
    await tmux.until(/Run this command\?/)
    first.kill('SIGKILL')
    await tmux.until(/Reconnecting/)
    await listening(serve(...listen))
    await tmux.until(/^(?![^]*Reconnecting)[^]*Run this command\?/)
    await tmux.press('y')
    await tmux.until(/It is made/)
  })
})
