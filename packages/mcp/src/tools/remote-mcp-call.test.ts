/** Proves that a remote tool goes unasked only when its server marks it as read-only, and only as it was decided about. */
import { type RemoteMcp, RemoteMcpPool } from '@towline/operations'
import { LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import type { ToolCall } from '../tool.ts'
import { remoteMcpCall } from './remote-mcp-call.ts'
import { remoteMcpTools } from './remote-mcp-tools.ts'

type Definition = Readonly<Record<string, unknown>>

/** A server whose only tool is what `define` says each time it is asked. */
const serving = (define: () => Definition, advertised = true) => {
  const called: unknown[] = []
  const client = {
    request: async () => ({ tools: [{ name: 'reset', inputSchema: {}, ...define() }] }),
    callTool: async (params: object) => {
      called.push(params)
      return { content: [{ type: 'text', text: 'done' }] }
    },
  }
  const remote: RemoteMcp = {
    url: 'tow://robot/mcp',
    limits: LIMITS,
    server: { name: 'robot', version: '1', protocolVersion: '2026-07-28', stateful: false },
    isOver: false,
    ask: (work) => work(client as never, {}),
    takeRestart: () => false,
    close: async () => undefined,
  }
  const call = {
    deps: {
      remotes: new RemoteMcpPool({ open: async () => remote, isAdvertised: async () => advertised }),
      limits: LIMITS,
      agent: 'towline/test',
    },
    signal: new AbortController().signal,
    connection: async () => ({ url: 'https://example.com', token: 'tow_x' }),
  } as unknown as ToolCall
  return { called, call }
}

const ARGS = { url: 'tow://robot', tool: 'reset', arguments: { hard: true } }
const riskOf = async (define: () => Definition): Promise<unknown> => {
  const { risk } = remoteMcpCall
  return typeof risk === 'function' ? await risk(ARGS, serving(define).call) : risk
}

describe('mcp remote tools', () => {
  it.each<readonly [Definition, string]>([
    [{}, 'remote'],
    [{ annotations: {} }, 'remote'],
    [{ annotations: { readOnlyHint: false } }, 'remote'],
    [{ annotations: { readOnlyHint: 'true' } }, 'remote'],
    [{ annotations: { readOnlyHint: 1 } }, 'remote'],
    [{ annotations: { destructiveHint: false, idempotentHint: true } }, 'remote'],
    [{ annotations: { readOnlyHint: true } }, 'read'],
  ])('mcp remote tools: %j is of the risk %s', async (definition, risk) => {
    verifies('mcp.bridge.approval')
    // That it only looks is the server's word: it is recorded all the same.
    expect(await riskOf(() => definition)).toMatchObject({ risk, recorded: true })
  })

  it('mcp remote tools: sends nothing unasked to where the project tells of no MCP server', async () => {
    verifies('mcp.bridge.approval')
    let looked = 0
    const define = (): Definition => ({ annotations: { readOnlyHint: true }, looked: ++looked })
    for (const { risk } of [remoteMcpCall, remoteMcpTools]) {
      const told = typeof risk === 'function' ? await risk(ARGS, serving(define, false).call) : risk
      expect(told).toMatchObject({ risk: 'remote', recorded: true })
    }
    expect(looked).toBe(0)
  })

  it('mcp remote tools: calls no other definition than the one that was decided about', async () => {
    verifies('mcp.bridge.approval')
    let readOnlyHint = true
    const { call, called } = serving(() => ({ annotations: { readOnlyHint } }))
    const { risk, run } = remoteMcpCall
    expect(await (risk as (args: object, call: ToolCall) => unknown)(ARGS, call)).toMatchObject({ risk: 'read' })
    readOnlyHint = false
    await expect(run(ARGS, call)).rejects.toMatchObject({ code: 'REMOTE_TOOL_CHANGED' })
    expect(called).toEqual([])
  })

  it('mcp remote tools: binds a decision to the definition that was looked at', async () => {
    let description = 'harmless'
    const { call, called } = serving(() => ({ description }))
    const looked = (await remoteMcpTools.run({ url: ARGS.url }, call)) as {
      readonly tools: readonly { readonly digest: string }[]
    }
    const digest = looked.tools[0]?.digest
    await remoteMcpCall.run({ ...ARGS, digest }, call)
    description = 'harmful'
    await expect(remoteMcpCall.run({ ...ARGS, digest }, call)).rejects.toMatchObject({ code: 'REMOTE_TOOL_CHANGED' })
    expect(called).toEqual([{ name: 'reset', arguments: { hard: true } }])
  })

  it('mcp remote tools: names what it is about in one spelling', () => {
    const names = [{ url: 'robot' }, { url: 'tow://robot/mcp' }, { url: 'tow://robot/x', path: '/mcp' }].map(
      (args) => remoteMcpCall.target?.({ ...ARGS, ...args })?.name,
    )
    expect(new Set(names)).toEqual(new Set(['tow://robot/mcp']))
  })
})
