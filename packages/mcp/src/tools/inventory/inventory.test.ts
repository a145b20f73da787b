/** Proves the tools that tell what there is, against a server of this process. */
import { openHttpService, type Service, verifies, visit } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, openWorkstation, type Workstation } from '../tools.fixture.ts'

let station: Workstation
let service: Service
beforeAll(async () => {
  ;[station, service] = await Promise.all([
    openWorkstation({ site: { api: { domain: 'localhost' } } }),
    openHttpService((_, response) => void response.end('hi')),
  ])
  for (const name of ['one', 'two', 'three'])
    await station.system.serve(
      { kind: 'http', name, labels: { purpose: name === 'two' ? 'review' : 'other' } },
      service.port,
    )
  await visit({ to: station.system.host('one') })
})
afterAll(async () => {
  await station.close()
  await service.close()
})

const refusal = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  )

describe('mcp inventory', () => {
  it('lists tunnels by a filter, bounded, with how many are left out', async () => {
    verifies('mcp.inventory')
    const all = await station.use('towline_tunnel_list', { limit: 2 })
    expect(all).toMatchObject({ total: 3, leftOut: 1, tunnels: [{ name: 'one' }, { name: 'two' }] })
    const some = await station.use('towline_tunnel_list', { filter: 'labels.purpose=review' })
    expect((some['tunnels'] as Answer[]).map(({ name }) => name)).toEqual(['two'])
    expect(await refusal(station.use('towline_tunnel_list', { filter: 'nonsense' }))).toBe('FILTER_INVALID')
  })

  it('lists clients', async () => {
    verifies('mcp.inventory')
    expect(await station.use('towline_client_list')).toMatchObject({
      total: 1,
      clients: [{ agent: 'towline-testkit/0.0.0' }],
    })
  })

  it('lists projects, and tells plan and usage of the one in use', async () => {
    verifies('mcp.inventory')
    expect(await station.use('towline_project_list')).toMatchObject({ total: 1, projects: [{ endpoint: 'dev' }] })
    expect(await station.use('towline_project_plan_get')).toMatchObject({ project: { endpoint: 'dev' } })
    expect(await station.use('towline_project_usage', { per: 'hour' })).toMatchObject({ per: 'hour', leftOut: 0 })
  })

  it('reads logs of visitors and the life of tunnels', async () => {
    verifies('mcp.inventory')
    const logs = await station.use('towline_project_logs', { kind: 'request' })
    expect(logs).toMatchObject({ entries: [{ kind: 'request', tunnel: 'one', status: 200 }] })
    const events = await station.use('towline_events_list', { tunnel: 'three' })
    expect((events['events'] as Answer[]).every(({ kind }) => kind === 'lifecycle')).toBe(true)
  })

  it('refuses to delete a project whose endpoint is not said once more', async () => {
    const args = { project: 'dev', confirmEndpoint: 'prod' }
    expect(await refusal(station.use('towline_project_delete', args))).toBe('OPTION_INVALID')
    expect(await refusal(station.use('towline_project_delete', { ...args, project: 'none' }))).toBe('NOT_FOUND')
    expect(await refusal(station.use('towline_project_rename', { project: 'dev' }))).toBe('REQUEST_INVALID')
  })
})
