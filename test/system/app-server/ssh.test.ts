/** Proves `towline ssh`: hosts of the configuration, and the app-server of another machine for our clients and for others. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, type Home, openHome, type Program, start, towline, within } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { missing, without } from '../tmux.ts'
import { openSshd, type Sshd, sshdPath } from './sshd.ts'

/** As somebody has it who installed Towline there; its app-server does not go on for long when nobody uses it. */
const PROGRAM = `#!/bin/sh
export TOWLINE_HOME="$HOME/state"
exec ${towline().join(' ')} "$@" --idle-exit 400ms
`

const lacks = missing('ssh', ...(sshdPath() === undefined ? ['sshd'] : []))

describe.skipIf(lacks.length > 0)(`towline ssh${without(lacks)}`, () => {
  let sshd: Sshd
  beforeAll(async () => {
    const noise = 'echo "Welcome to this machine"\n'
    sshd = await openSshd({
      devbox: {
        shell: '/bin/bash',
        files: { 'own/towline': PROGRAM, '.bash_profile': `${noise}PATH=$HOME/own:$PATH\n`, '.bashrc': noise },
      },
      bare: { shell: '/bin/sh' },
    })
  })
  const gone = (): Promise<true> => {
    const socket = join(sshd.home('devbox'), 'state/app-server/app-server-control/app-server-control.sock')
    return eventually('the end of the app-server there', () => (existsSync(socket) ? undefined : true))
  }
  afterAll(async () => {
    await gone()
    await sshd[Symbol.asyncDispose]()
  })
  let home: Home
  beforeEach(() => {
    home = openHome()
  })
  afterEach(() => home.close())

  const ssh = (...words: readonly string[]): readonly string[] => ['ssh', ...words, '--config', sshd.config]
  const hello = { id: 1, method: 'initialize', params: { clientInfo: { name: 'judge', title: null, version: '1' } } }

  it('lists the hosts of a configuration', async () => {
    verifies('reach.ssh')
    const { stdout } = await home.run(ssh('--list', '-o', 'json'))
    expect((JSON.parse(stdout) as { host: string }[]).map(({ host }) => host)).toEqual(['devbox', 'bare'])
  })

  it.each([
    [[], 2, 'Which machine?'],
    [['-aProxyCommand=x'], 2, 'Unknown option'],
    [['two words', '--stdio'], 2, 'a machine is written'],
    [['devbox', '--keep-alive', 'x'], 2, 'write seconds'],
    [['devbox', '--token-file', 'x'], 2, '--token-file belongs to --forward'],
    [['devbox', '--forward', 'ws://0.0.0.0:0'], 2, 'only clients of this machine'],
    [['devbox', '--forward', '0.0.0.0:0'], 2, 'write ws://127.0.0.1:PORT'],
    [['bare', '--stdio'], 3, 'There is no program "towline" on bare that its login shell finds.'],
    [['devbox'], 2, 'a person at a terminal'],
  ])('refuses %j', async (words, status, problem) => {
    verifies('reach.ssh')
    const ended = await home.run(ssh(...words))
    expect([ended.status, ended.stderr.includes(problem) || ended.stderr, ended.stdout]).toEqual([status, true, ''])
  })

  it('carries the protocol of the app-server there, and nothing else, on standard input and output', async () => {
    verifies('reach.ssh')
    await using program = start(towline(...ssh('devbox', '--stdio')), { env: home.env })
    program.child.stdin?.write(`${JSON.stringify(hello)}\n`)
    await answered(program)
    program.child.stdin?.end()
    const { status, stdout } = await program.ended()
    expect(status).toBe(0)
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toBeTypeOf('object')
  })

  /** Opens a WebSocket and says hello; answers what came first. */
  const greet = async (url: string, headers = {}): Promise<unknown> => {
    const socket = new WebSocket(url, { headers })
    try {
      return await within(
        'an answer',
        new Promise((done, fail) => {
          socket.once('error', fail)
          socket.once('open', () => socket.send(JSON.stringify(hello)))
          socket.once('message', (data) => done(JSON.parse(String(data))))
        }),
      )
    } finally {
      socket.terminate()
    }
  }

  it('lets clients of this machine use it, those with the token', async () => {
    verifies('reach.ssh')
    const token = join(home.folder.path, 'token')
    writeFileSync(token, 'a-token-of-twenty-chars', { mode: 0o600 })
    const forward = ssh('devbox', '--forward', 'ws://127.0.0.1:0', '--token-file', token)
    await using program = start(towline(...forward), { env: home.env })
    const [url] = await saysUrl(program)
    await expect(greet(url)).rejects.toThrow('401')
    const bearer = { authorization: 'Bearer a-token-of-twenty-chars' }
    await expect(greet(url, { ...bearer, origin: 'https://example.org' })).rejects.toThrow('403')
    const both = await Promise.all([greet(url, bearer), greet(url, bearer)])
    expect(both).toMatchObject([{ id: 1, result: { platformFamily: 'unix' } }, { id: 1 }])
    await program.stop()
  })

  it('has all of them use the same app-server, which ends when nobody uses it', async () => {
    verifies('reach.ssh')
    const log = (): string => readFileSync(join(sshd.home('devbox'), 'state/app-server/app-server.log'), 'utf8')
    await gone()
    const before = log()
      .split('\n')
      .filter((line) => line.startsWith('unix:')).length
    await using program = start(towline(...ssh('devbox', '--stdio')), { env: home.env })
    program.child.stdin?.write(`${JSON.stringify(hello)}\n`)
    await answered(program)
    await using other = start(towline(...ssh('devbox', '--stdio')), { env: home.env })
    other.child.stdin?.write(`${JSON.stringify(hello)}\n`)
    await answered(other)
    expect(
      log()
        .split('\n')
        .filter((line) => line.startsWith('unix:')).length,
    ).toBe(before + 1)
  })
})

const answered = async (program: Program): Promise<void> =>
  await within(
    'an answer',
    new Promise((done) => {
      const look = (): void => {
        if (/"id":1,/.test(program.stdout())) done()
      }
      program.child.stdout?.on('data', look)
      look()
    }),
  )

const saysUrl = async (program: Program): Promise<readonly [url: string]> => {
  await within(
    'the address',
    new Promise<void>((done) => {
      const look = (): void => {
        if (/^ws:.*\n/.test(program.stdout())) done()
      }
      program.child.stdout?.on('data', look)
      look()
    }),
  )
  return [program.stdout().trim()]
}
