/** Proves the commands by which a person sees what agents did, and cleans up after them, against a whole server. */
import { forward, parseTarget, sendAgentCalls } from '@towline/operations'
import { type AgentCall, agentLabels, type AuditRecord, type Labels } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HomeWithServer, openHomeWithServer } from '../test/home-with-server.ts'
import { testIo } from '../test/test-io.ts'
import { runCli } from './run-cli.ts'

let up: HomeWithServer

beforeAll(async () => {
  up = await openHomeWithServer()
})
afterAll(() => up?.[Symbol.asyncDispose]())

const cli = (...argv: string[]) => up.cli(...argv)
const code = async (...argv: string[]) => {
  const { exit, stderr } = await cli(...argv, '-o', 'json')
  return [exit, JSON.parse(stderr).error.code]
}
const connection = () => ({ url: up.server.openUrl, token: up.server.context.token })
const call = (id: string, more: Partial<AgentCall> = {}): AgentCall => ({
  ...{
    id: `cal_${id}`.padEnd(12, '0'),
    at: 1_760_000_000,
    agent: 'codex',
    tool: 'towline_local_tunnel_expose',
    target: 'web',
  },
  ...{ argumentsHash: 'a'.repeat(64), decision: 'approved', durationMs: 3, ...more },
})

/** A private tunnel with labels, until it is stopped or cut. */
const serve = (name: string, labels: Labels, signal: AbortSignal): Promise<void> =>
  new Promise((online, failed) => {
    forward({
      ...{ connection: connection(), target: parseTarget('9'), agent: 'test', signal },
      spec: { kind: 'private', name, labels },
      onState: ({ status }) => status === 'online' && online(),
    }).catch(failed)
  })

describe('cli audit of agents', () => {
  it('cli: shows columns of agents when there is something in them, and all of it as JSON', async () => {
    verifies('guard.audit')
    expect((await cli('audit')).stdout).not.toMatch(/THREAD|TOOL/)
    await sendAgentCalls(connection(), [call('one', { thread: 't-1' }), call('two', { agent: 'claude' })])
    const { stdout } = await cli('audit', '--thread', 't-1')
    expect(stdout.split('\n')[0]?.split(/ +/)).toEqual([
      'AT',
      'ACTION',
      'DECISION',
      'WHO',
      'AGENT',
      'THREAD',
      'TOOL',
      'TARGET',
    ])
    expect(stdout.split('\n')[1]).toMatch(/agent\.call +allowed .* codex +t-1 +towline_local_tunnel_expose +web$/)
    const read = async (...argv: string[]) =>
      (JSON.parse((await cli('audit', ...argv, '-o', 'json')).stdout) as AuditRecord[]).map(({ agent }) => agent)
    expect(await read('--agent', 'claude')).toEqual(['claude'])
    expect(await read('--tool', 'towline_local_tunnel_expose', '--action', 'agent.call')).toEqual(['claude', 'codex'])
    const [record] = JSON.parse((await cli('audit', '--thread', 't-1', '-o', 'json')).stdout) as AuditRecord[]
    expect(record?.details).toMatchObject({ claimed: true, claimedAt: 1_760_000_000, argumentsHash: 'a'.repeat(64) })
  })
})

describe('cli cleanup', () => {
  it('cli: refuses an empty selection, and labels that cannot be', async () => {
    verifies('guard.cleanup')
    expect(await code('cleanup')).toEqual([2, 'SELECTION_EMPTY'])
    expect(await code('cleanup', '--label', 'nonsense')).toEqual([2, 'LABEL_INVALID'])
    expect(await code('cleanup', '--label', 'towline.agent/thread=a', '--thread', 'b')).toEqual([2, 'LABEL_INVALID'])
  })

  it('cli: shows what it would remove, removes it, and has nothing left to do then', async () => {
    verifies('guard.cleanup', 'guard.labels')
    const stop = new AbortController()
    const labels = agentLabels({ name: 'codex', thread: 't-2', purpose: 'review, "quoted"' })
    await serve('mine', { ...labels, env: 'test' }, stop.signal)
    await serve('half', labels, stop.signal)
    const chosen = ['cleanup', '--thread', 't-2', '--purpose', 'review, "quoted"', '--label', 'env=test']
    expect((await cli(...chosen, '--dry-run')).stdout).toMatch(/^RESULT .*\nfound +tunnel +mine +tun_\w+\n$/)
    expect((await cli(...chosen)).stdout).toMatch(/\nremoved +tunnel +mine +tun_\w+\n$/)
    const again = await cli(...chosen, '-o', 'json')
    expect([again.exit, JSON.parse(again.stdout)]).toEqual([0, { removed: [], failed: [], remaining: [] }])
    const left = JSON.parse((await cli('tunnel', 'list', '-o', 'json')).stdout) as { name: string }[]
    expect(left.map(({ name }) => name)).toEqual(['half'])
    stop.abort()
  })

  it('cli: tells what it may not remove, and fails', async () => {
    verifies('guard.cleanup')
    const stop = new AbortController()
    await serve('kept', { env: 'kept' }, stop.signal)
    const minted = await cli('token', 'create', '--permission', 'tunnels.list', '-o', 'json')
    const { token } = JSON.parse(minted.stdout) as { token: string }
    const test = testIo({ env: { TOWLINE_HOME: up.home, TOWLINE_URL: up.server.openUrl, TOWLINE_TOKEN: token } })
    expect(await runCli(test.io, ['cleanup', '--label', 'env=kept'])).toBe(8)
    expect(test.stdout()).toMatch(/\nfailed FORBIDDEN +tunnel +kept +tun_\w+\n$/)
    expect(test.stderr()).toContain('1 of 1 could not be removed')
    stop.abort()
  })
})
