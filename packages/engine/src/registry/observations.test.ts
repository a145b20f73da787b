/** Proves what the authority hears of projects besides decisions, and that settings of a project hold tunnels that open. */
import { IDLE_SINK } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { createRig, refusal, type Rig } from '../link/rig.fixture.ts'

let rig: Rig
afterEach(() => rig.close())

describe('engine policy', () => {
  it('refuses a tunnel that the settings of its project do not allow, on a link that lived before them', async () => {
    verifies('project.settings')
    rig = createRig()
    const anna = await rig.linked('anna')
    await anna.open({ kind: 'http', name: 'before' })
    rig.authority.policies.set('prj_dev', { publicAccess: 'forbidden' })
    const error = await refusal(anna.open({ kind: 'http', name: 'web' }))
    expect([error.code, error.message]).toEqual([
      'POLICY_REFUSED',
      'The settings of the project do not allow this tunnel: nothing may be published.',
    ])
    expect((await anna.open({ kind: 'private', name: 'db' })).url).toBe('tow://db')
    rig.authority.policies.clear()
    await anna.open({ kind: 'http', name: 'web' })
  })
})

describe('engine observations', () => {
  it('tells the life of tunnels and clients, with their labels', async () => {
    verifies('project.logs')
    rig = createRig()
    const anna = await rig.linked('anna')
    const { id } = await anna.open({ kind: 'http', name: 'web', labels: { env: 'prod' } })
    anna.say({ type: 'tunnel.close', tunnelId: id })
    await anna.open({ kind: 'private' })
    const line = { projectId: 'prj_dev', at: 1_000, kind: 'lifecycle', credentialId: 'crd_anna' }
    const web = { ...line, tunnelId: id, tunnel: 'web', labels: { env: 'prod' } }
    expect(rig.authority.observed.slice(0, 3)).toEqual([
      { ...line, labels: {}, address: expect.any(String), message: 'a client linked' },
      { ...web, message: 'opened' },
      { ...web, message: 'ended: closed' },
    ])
  })

  it('tells what was used when usageReportMs have passed, and the rest when a tunnel goes', async () => {
    verifies('project.usage')
    rig = createRig({ limits: { linkStatsMs: 1, usageReportMs: 10_000 } })
    const anna = await rig.linked('anna', () => undefined)
    const { id } = await anna.open({ kind: 'http', name: 'web' })
    const live = rig.core.router.http('web.dev.localhost')
    const stream = live?.open({ from: '192.0.2.7:1', requestId: 'r1' }, IDLE_SINK)
    live?.meter.began()
    stream?.write(Buffer.from('hello'))
    expect(rig.authority.used).toEqual([])
    rig.clock.now += 10_000
    await rig.authority.usedSome()
    const told = { projectId: 'prj_dev', at: 1_010 }
    expect(rig.authority.used.splice(0)).toEqual([
      { ...told, metric: 'connections', value: 1 },
      { ...told, metric: 'requests', value: 1 },
      { ...told, metric: 'bytes', value: 5 },
      { ...told, metric: 'tunnelSeconds', value: 10 },
    ])
    stream?.write(Buffer.from('more'))
    rig.clock.now += 3_000
    anna.say({ type: 'tunnel.close', tunnelId: id })
    await rig.authority.usedSome()
    expect(rig.authority.used.map(({ metric, value }) => [metric, value])).toEqual([
      ['bytes', 4],
      ['tunnelSeconds', 3],
    ])
  })
})
