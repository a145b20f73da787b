/** Proves that a machine with end-to-end encryption is an environment for agents, and only for clients with the role exec. */
import type { ProcessStream } from '@towline/protocol'
import { LineWire, type OpenEnvironments, openEnvironments } from '@towline/app-server'
import { dialExecServer, resolveConnection } from '@towline/operations'
import { type Home, openHome, verifies, within } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acquaint, allow, done, identity, type Pair, serve, settle, startPair } from './pair.ts'

const NONE = { defaultId: undefined, includeLocal: false, environments: [] }
const COMMAND = {
  ...{ cwd: '/', env: {}, tty: false, stdin: false, sandbox: null },
  envPolicy: { inherit: 'core', ignoreDefaultExcludes: false, exclude: [], set: {}, includeOnly: [] },
} as const

describe('webtty e2e: environments of agents', () => {
  let pair: Pair
  beforeAll(async () => {
    pair = await startPair()
    await acquaint(pair, ['exec'])
    await serve(pair.machine, '--name', 'vault', '--identity', 'vault', '--no-publish')
  })
  afterAll(() => pair?.close())

  const environmentsOf = ({ env }: Home): OpenEnvironments =>
    openEnvironments({
      ...{ local: { serve: () => undefined }, configured: NONE },
      dial: async (address, signal) => {
        if (address.kind !== 'url') throw new Error('no program')
        const connection = () => resolveConnection(env)
        const ask = { connection, env, agent: 'test/1', trust: {}, url: address.url, signal }
        const { input, output } = await dialExecServer(ask)
        return new LineWire(output, input)
      },
    })

  const run = async (environments: OpenEnvironments, ...argv: readonly string[]): Promise<string> => {
    environments.add('vault', { execServerUrl: 'tow://vault' })
    let text = ''
    const code = await within(
      'the command',
      new Promise<number>((ended, failed) => {
        const output = (_stream: ProcessStream, bytes: Uint8Array): void => void (text += Buffer.from(bytes).toString())
        environments
          .get('vault')
          .start({ ...COMMAND, argv }, { output, exited: ended, lost: failed })
          .catch(failed)
      }),
    )
    return `${code} ${text}`
  }

  it('run commands for a client with the role exec', async () => {
    verifies('agent.environments')
    const environments = environmentsOf(pair.desk)
    try {
      expect(await run(environments, '/bin/sh', '-c', 'echo $((6 * 7)); exit 3')).toBe('3 42\n')
    } finally {
      await environments.close()
    }
  })

  it('run nothing for a client without', async () => {
    await using watcher = openHome()
    settle(watcher, pair.up)
    await allow(pair.machine, 'watcher', await identity(watcher, 'watcher'), ['pty', 'spectate'])
    const pin = ['webtty', 'known-server', 'add', 'vault', '--key', pair.keys.vault, '--client-identity', 'watcher']
    await done(watcher.run(pin))
    const environments = environmentsOf(watcher)
    try {
      await expect(run(environments, '/bin/true')).rejects.toThrow(
        /^exec-server connection attempt failed: .*permission/,
      )
    } finally {
      await environments.close()
    }
  })
})
