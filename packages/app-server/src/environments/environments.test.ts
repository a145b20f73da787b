/** Proves which environments there are: this machine, those of environments.toml, those that clients add. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openPlayed, type Played } from '../exec-server/peer.fixture.ts'
import { ENVIRONMENT_METHODS } from '../methods/environment.ts'
import { memoryWires } from '../rpc/memory-wires.ts'
import type { Wire } from '../rpc/wire.ts'
import type { Caller } from '../server/method.ts'
import type { EnvironmentAddress } from './environment-address.ts'
import { readEnvironments } from './environments-toml.ts'
import { type OpenEnvironments, openEnvironments } from './open-environments.ts'
import { tellThreads } from './tell-threads.ts'

let played: Played
let folder: ReturnType<typeof tempFolder>
let environments: OpenEnvironments
let dialed: EnvironmentAddress[]
let wires: Wire[]

beforeEach(async () => {
  played = openPlayed()
  folder = tempFolder('environments')
  dialed = []
  wires = []
  environments = await open()
})
afterEach(async () => {
  await environments.close()
  await played.server.close()
  folder.remove()
})

const write = (text: string): void => writeFileSync(join(folder.path, 'environments.toml'), text)
const open = async (): Promise<OpenEnvironments> =>
  openEnvironments({
    local: played.server,
    configured: await readEnvironments(folder.path),
    dial: (address) => {
      dialed.push(address)
      if (address.kind === 'url' && address.url.includes('gone')) return Promise.reject(new Error('nobody listens'))
      const [near, far] = memoryWires()
      wires.push(far)
      played.server.serve(far)
      return Promise.resolve(near)
    },
  })
const call = async (name: string, params: object): Promise<object> => {
  const row = ENVIRONMENT_METHODS[`environment/${name}`]
  if (!row) throw new Error(name)
  return await row.run({ environments }, row.params.parse(params) as never, {} as Caller)
}
const add = (environmentId: string, execServerUrl: string, more: object = {}): Promise<object> =>
  call('add', { environmentId, execServerUrl, ...more })

describe('environments: refuse', () => {
  it.each([
    ['local', 'ws://127.0.0.1:1', {}, 'environment id `local` is reserved for EnvironmentManager'],
    ['', 'ws://127.0.0.1:1', {}, 'environment id cannot be empty'],
    ['a b', 'ws://127.0.0.1:1', {}, 'environment id `a b` must have 1 to 64 ASCII letters, digits, "-" and "_"'],
    ['e', '', {}, 'remote environment requires an exec-server url'],
    ['e', 'http://127.0.0.1:1/secret', {}, 'invalid exec-server URL `http://127.0.0.1:1`'],
    [
      ...(['e', 'ws://10.0.0.1:1', { authBearerToken: 't' }] as const),
      'exec-server WebSocket headers require wss:// or a loopback destination',
    ],
    [
      ...(['e', 'ws://10.0.0.1:1', { websocketRequestId: 'r' }] as const),
      'exec-server WebSocket headers require wss:// or a loopback destination',
    ],
    [
      ...(['e', 'ws://127.0.0.1:1', { authBearerToken: 'a\nb' }] as const),
      'invalid value for exec-server WebSocket header `authorization`',
    ],
  ])('%j at %j with %j', async (id, url, more, problem) => {
    await expect(add(id, url, more)).rejects.toMatchObject({
      code: -32600,
      message: `exec-server protocol error: ${problem}`,
    })
  })

  it('skills that an environment has to have', async () => {
    await expect(add('e', 'ws://127.0.0.1:1', { skills: { required: ['x'] } })).rejects.toMatchObject({ code: -32600 })
    expect(await add('e', 'ws://127.0.0.1:1', { skills: { required: [] } })).toEqual({})
  })

  it('what nobody knows', async () => {
    await expect(call('info', { environmentId: 'zz' })).rejects.toMatchObject({
      message: 'unknown environment id `zz`',
    })
    expect(await call('status', { environmentId: 'zz' })).toEqual({
      status: 'unknown',
      error: 'unknown environment id `zz`',
    })
    expect(() => environments.get('zz')).toThrow('unknown turn environment id `zz`')
  })

  it.each([
    [
      'an unknown field',
      '[[environments]]\nid = "a"\nurl = "ws://127.0.0.1:1"\ncolour = "red"\n',
      'environments.0.colour',
    ],
    ['neither url nor program', '[[environments]]\nid = "a"\n', 'environments[0]'],
    [
      'a token over a plain socket',
      '[[environments]]\nid = "a"\nurl = "ws://10.0.0.1:1"\nauth_bearer_token = "t"\n',
      'environments[0]',
    ],
    ['the same twice', '[[environments]]\nid = "local"\nprogram = "x"\n', 'environments'],
    ['a default that is not there', 'default = "x"\n', 'default'],
    ['no TOML', 'default = \n', 'the whole file'],
  ])('a file with %s', async (_, text, key) => {
    write(text)
    await expect(readEnvironments(folder.path)).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: { key } })
  })
})

describe('environments', () => {
  it('are this machine alone where nothing is configured', async () => {
    verifies('agent.environments')
    expect([environments.ids, environments.defaultId]).toEqual([['local'], 'local'])
    expect(await call('status', { environmentId: 'local' })).toEqual({ status: 'ready' })
    expect(await call('info', { environmentId: 'local' })).toEqual({
      shell: { name: 'bash', path: '/bin/bash' },
      cwd: 'file:///srv',
    })
  })

  it('come from the file of the home, and tokens are not printed', async () => {
    verifies('agent.environments')
    write(`default = "lab"
include_local = false
[[environments]]
id = "lab"
url = "wss://lab.example/x"
auth_bearer_token = "hidden"
connect_timeout_sec = 2.5
[[environments]]
id = "near"
program = "towline"
args = ["exec-server"]
cwd = "there"
`)
    const configured = await readEnvironments(folder.path)
    expect(JSON.parse(JSON.stringify(configured))).toEqual({
      defaultId: 'lab',
      includeLocal: false,
      environments: [
        { id: 'lab', address: { kind: 'url', url: 'wss://lab.example/x', bearer: '***' }, connectMs: 2500 },
        {
          id: 'near',
          address: {
            kind: 'program',
            program: 'towline',
            args: ['exec-server'],
            env: {},
            cwd: join(folder.path, 'there'),
          },
        },
      ],
    })
  })

  it('are added by clients, and connected to when they are used', async () => {
    verifies('agent.environments')
    const told: unknown[] = []
    environments.watch((...change) => told.push(change))
    await add('lab', 'tow://edge-lab')
    expect([await call('status', { environmentId: 'lab' }), dialed]).toEqual([{ status: 'pending' }, []])
    await call('info', { environmentId: 'lab' })
    expect(await call('status', { environmentId: 'lab' })).toEqual({ status: 'ready' })
    expect([told, environments.ids]).toEqual([[['lab', true]], ['local', 'lab']])
  })

  it('tell the threads that work on them when they are connected to and lost', async () => {
    const told: unknown[] = []
    const feed = { emit: (...event: unknown[]) => void told.push(event) }
    const threads = ['lab', 'other'].map((id) => ({ threadId: `of ${id}`, feed, environmentIds: ['local', id] }))
    tellThreads(environments, () => threads)
    await add('lab', 'tow://edge-lab')
    await call('info', { environmentId: 'lab' })
    await environments.get('local').info()
    wires.at(-1)?.close()
    const event = { threadId: 'of lab', environmentId: 'lab' }
    await vi.waitFor(() =>
      expect(told).toEqual([
        ['thread/environment/connected', event],
        ['thread/environment/disconnected', event],
      ]),
    )
  })

  it('are replaced by those of the same name', async () => {
    await add('lab', 'ws://127.0.0.1:1')
    await call('info', { environmentId: 'lab' })
    await add('lab', 'ws://gone.example:1')
    const problem = 'exec-server connection attempt failed: nobody listens'
    await expect(call('info', { environmentId: 'lab' })).rejects.toMatchObject({
      code: -32603,
      message: `failed to get info for environment \`lab\`: ${problem}`,
    })
    expect(await call('status', { environmentId: 'lab' })).toEqual({ status: 'disconnected', error: problem })
  })
})
