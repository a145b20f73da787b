/** Proves that a name which one project keeps is published by no other, and what is live already stays. */
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRig, refusal, type Rig } from '../link/rig.fixture.ts'

const KEPT = 'The name "web" is kept by another project.'

let rig: Rig
beforeEach(() => {
  rig = createRig({ limits: { holdMs: 60_000, goneMs: 60_000 } })
})
afterEach(() => rig.close())

describe('engine reservations', () => {
  it.each(['http', 'tcp', 'tls'] as const)('refuse a %s tunnel of another project, with its code', async (kind) => {
    verifies('project.domains')
    rig.authority.keepers.set('web', 'prj_other')
    const anna = await rig.linked('anna')
    const error = await refusal(anna.open({ kind, name: 'web' }))
    expect([error.code, error.message, error.row.http]).toEqual(['NAME_KEPT', KEPT, 409])
    expect(rig.core.router.http('web.dev.localhost')).toBeUndefined()
    expect((await anna.open({ kind, name: 'web-2' })).name).toBe('web-2')
    const carl = await rig.linked('carl')
    expect((await carl.open({ kind, name: 'web' })).projectId, 'its own').toBe('prj_other')
  })

  it('leave private tunnels alone, and end with the reservation', async () => {
    verifies('project.domains')
    rig.authority.keepers.set('web', 'prj_other')
    const anna = await rig.linked('anna')
    expect((await anna.open({ kind: 'private', name: 'web' })).name).toBe('web')
    expect((await refusal(anna.open({ kind: 'http', name: 'web' }))).code, 'a private one to be published').toBe(
      'NAME_KEPT',
    )
    rig.authority.keepers.clear()
    expect((await anna.open({ kind: 'http', name: 'web' })).kind).toBe('http')
  })

  it('leave what is live to who has it, also over a link that broke, until it has ended', async () => {
    verifies('project.domains')
    const anna = await rig.linked('anna')
    await anna.open({ kind: 'http', name: 'web' })
    rig.authority.keepers.set('web', 'prj_other')
    anna.breaks()
    const again = await rig.linked('anna')
    const tunnel = await again.open({ kind: 'http', name: 'web' }, { again: true })
    expect(rig.core.router.http('web.dev.localhost')?.tunnel.id).toBe(tunnel.id)
    again.say({ type: 'tunnel.close', tunnelId: tunnel.id })
    expect((await refusal(again.open({ kind: 'http', name: 'web' }))).code).toBe('NAME_KEPT')
  })
})
