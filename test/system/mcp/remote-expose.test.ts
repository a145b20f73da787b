/** Proves that an agent exposes a service of another machine, verifies, lists and ends it, by tools alone. */
import { openHttpService, type Service, unusedPort, verifies, visit } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Agent, openAgent } from '../agents/agent.ts'
import { type Machines, openMachines } from '../webtty/machines.ts'

interface Shown {
  readonly url: string
  readonly cleanupId: string
  readonly labels: Readonly<Record<string, string>>
}

describe('mcp remote expose', () => {
  let machines: Machines
  let web: Service
  let agent: Agent
  beforeAll(async () => {
    machines = await openMachines()
    web = await openHttpService((_request, response) => response.end('of the machine\n'))
    agent = await openAgent(machines.up, { thread: 'thread-expose', name: 'judge', words: ['--profile', 'operate'] })
  })
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]()
    await machines?.[Symbol.asyncDispose]()
    await web?.close()
  })

  const at = { url: 'tow://lab' }

  it('goes from a silent port to a service that is shown, verified, listed, ended and gone', async () => {
    verifies('mcp.remote.expose', 'mcp.remote.stop', 'mcp.remote.compare')
    const silent = { ...at, port: await unusedPort() }
    expect(await agent.refused('towline_remote_expose', silent)).toMatchObject({ code: 'PORT_SILENT' })

    const wanted = { ...at, port: web.port, name: 'shown', purpose: 'review', ttlSeconds: 600 }
    const shown = await agent.call<Shown>('towline_remote_expose', wanted)
    const { url, cleanupId: id, labels, ...rest } = shown
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
    expect((await visit({ to: url })).body).toBe('of the machine\n')

    expect(await agent.call('towline_remote_expose_verify', { ...at, id })).toMatchObject({
      same: true,
      exposure: { id },
    })
    const mine = { ...at, labels: { 'towline.agent/purpose': 'review' } }
    expect(await agent.call('towline_remote_expose_list', mine)).toMatchObject({
      exposures: [{ id, status: 'online' }],
    })
    for (let twice = 0; twice < 2; twice++)
      expect(await agent.call('towline_remote_expose_stop', { ...at, id })).toMatchObject({ id, status: 'stopped' })
    expect(await agent.call('towline_remote_expose_list', mine)).toEqual({ exposures: [] })
    expect((await visit({ to: url })).status).toBe(404)
  })
})
