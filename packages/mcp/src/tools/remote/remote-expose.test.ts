/** Proves which services of machines an agent exposes unasked, and that arguments outside the schema are refused by their path. */
import { describe, expect, it } from 'vitest'
import type { Risk, ToldRisk, ToolCall } from '../../tool.ts'
import { remoteExpose } from './remote-expose.ts'
import { REMOTE_TOOLS } from './remote-tools.ts'

const ARGS = { url: 'tow://lab', port: 3000 }
const riskOf = (more: object): Risk => {
  const { risk } = remoteExpose as { readonly risk: (args: object, call?: ToolCall) => ToldRisk }
  return risk({ ...ARGS, ...more }).risk
}

describe('mcp remote expose', () => {
  it.each<readonly [object, Risk]>([
    [{}, 'expose'],
    [{ publish: false, protocol: 'tcp' }, 'expose'],
    [{ publish: false, host: 'db.lan' }, 'expose'],
    [{ tokenAuth: true, host: 'db.lan' }, 'expose'],
    [{ mcpPath: '/mcp' }, 'expose'],
    [{ mcpPath: '/mcp', tokenAuth: false }, 'sensitive'],
    [{ protocol: 'tcp' }, 'sensitive'],
    [{ host: 'db.lan' }, 'sensitive'],
    [{ host: '127.0.0.1' }, 'expose'],
  ])('mcp remote expose: %j is of the risk %s', (more, risk) => {
    expect(riskOf(more)).toBe(risk)
  })

  it.each<readonly [object, string]>([
    [{ port: 0 }, 'port'],
    [{ port: '3000' }, 'port'],
    [{ mcpPath: 'mcp' }, 'mcpPath'],
    [{ id: '../x' }, 'id'],
    [{ ttlSeconds: 0 }, 'ttlSeconds'],
    [{ command: 'nohup' }, ''],
  ])('mcp remote expose: refuses %j', (more, path) => {
    const read = remoteExpose.input.safeParse({ ...ARGS, ...more })
    expect(read.error?.issues.map((issue) => issue.path.join('.'))).toEqual([path])
  })

  it('mcp remote expose: offers what only looks to every profile', () => {
    expect(REMOTE_TOOLS.filter(({ profile }) => profile === 'read-only').map(({ name }) => name)).toEqual([
      'towline_remote_expose_list',
      'towline_remote_expose_verify',
    ])
  })
})
