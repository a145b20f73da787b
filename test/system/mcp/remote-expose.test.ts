/** Proves that an agent exposes a service of another machine, verifies, lists and ends it, by tools alone. */
import { eventually, openHttpService, type Program, type Service, unusedPort, verifies, visit } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Machines, openMachines } from '../webtty/machines.ts'

interface Answer {
  readonly isError?: boolean
  readonly structuredContent?: Readonly<Record<string, unknown>>
  readonly content: readonly { readonly text: string }[]
}

describe('mcp remote expose', () => {
  let machines: Machines
  let web: Service
  let agent: Program
  let last = 0
  const ask = async <T>(method: string, params: object): Promise<T> => {
    const id = ++last
    agent.child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    const line = await eventually(`the answer to ${method}`, () => agent.lines.find((each) => each['id'] === id))
    if (line['error']) throw new Error(JSON.stringify(line['error']))
    return line['result'] as T
  }
  beforeAll(async () => {
    machines = await openMachines()
    web = await openHttpService((_request, response) => response.end('of the machine\n'))
    agent = machines.up.start(['mcp', 'serve', '--profile', 'operate'])
    const clientInfo = { name: 'judge', version: '1' }
    await ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo })
    agent.child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`)
  })
  afterAll(async () => {
    await machines?.[Symbol.asyncDispose]()
    await web?.close()
  })

  const call = (name: string, args: object): Promise<Answer> =>
    ask('tools/call', { name: `towline_remote_expose${name}`, arguments: { url: 'tow://lab', ...args } })

  it('goes from a silent port to a service that is shown, verified, listed, ended and gone', async () => {
    verifies('mcp.remote.expose', 'mcp.remote.stop', 'mcp.remote.compare')
    const silent = await call('', { port: await unusedPort() })
    expect(silent.isError).toBe(true)
    expect(silent.content[0]?.text).toContain('PORT_SILENT')

    const shown = await call('', { port: web.port, name: 'shown', purpose: 'review', ttlSeconds: 600 })
    const { url, cleanupId: id, labels, ...rest } = shown.structuredContent as Record<string, string>
    expect(rest).toMatchObject({
      ...{ status: 'online', name: 'shown', cleanupTool: 'towline_remote_expose_stop' },
      verified: { same: true, local: { status: 200, bytes: 15 }, through: { status: 200, bytes: 15 } },
    })
    expect(labels).toMatchObject({
      'towline.agent/source': 'mcp',
      'towline.agent/name': 'judge',
      'towline.agent/purpose': 'review',
      'towline.expose/machine': 'lab',
    })
    expect((await visit({ to: String(url) })).body).toBe('of the machine\n')

    expect((await call('_verify', { id })).structuredContent).toMatchObject({ same: true, exposure: { id } })
    const mine = { labels: { 'towline.agent/purpose': 'review' } }
    expect((await call('_list', mine)).structuredContent).toMatchObject({ exposures: [{ id, status: 'online' }] })
    for (let twice = 0; twice < 2; twice++)
      expect((await call('_stop', { id })).structuredContent).toMatchObject({ id, status: 'stopped' })
    expect((await call('_list', mine)).structuredContent).toEqual({ exposures: [] })
    expect((await visit({ to: String(url) })).status).toBe(404)
  })
})
