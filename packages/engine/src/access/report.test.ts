/** Proves that whatever a credential changes, or is kept from changing, is told to the authority once: who, what, decision, when. */
import type { AuditRecord } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { createRig, type Peer, refusal, type Rig } from '../link/rig.fixture.ts'

let rig: Rig
afterEach(() => rig.close())

const PERSON = { userId: 'usr_1', workspaceId: 'wsp_1' }

const begin = (): void => {
  const bounded = { tunnels: { create: { name: 'mine' }, cut: { name: 'mine' } } }
  rig = createRig({
    people: {
      ada: PERSON,
      weak: { ...PERSON, permissions: ['tunnels.connect', 'tunnels.list'] },
      bounded: { ...PERSON, resources: bounded },
    },
  })
}

/** What was told since the last time. */
const told = (): readonly AuditRecord[] => rig.authority.reports.splice(0)

const by = (name: string) => ({ at: 1_000, projectId: 'prj_dev', credentialId: `crd_${name}`, ...PERSON })

const call = (token: string, method: string, path: string, body?: object) =>
  rig.call(token, `/api/engine${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })

describe('engine audit', () => {
  it('tells who opens a tunnel and how it ends, once each', async () => {
    verifies('audit.log')
    begin()
    const ada = await rig.linked('ada')
    const open = async (name: string) => (await ada.open({ kind: 'private', name })).id
    const [closed, taken] = [await open('closed'), await open('taken')]
    ada.say({ type: 'tunnel.close', tunnelId: closed })
    const second = await rig.linked('ada')
    const again = await second.open({ kind: 'private', name: 'taken' })
    const created = (target: string, name: string) => ({
      ...{ ...by('ada'), action: 'tunnel.create', decision: 'allowed', target, agent: 'test/1' },
      details: { name, kind: 'private', url: `tow://${name}` },
    })
    const ended = (target: string, name: string, cause: string) => ({
      ...{ ...by('ada'), action: 'tunnel.delete', decision: 'allowed', target, agent: 'test/1' },
      details: { name, cause },
    })
    expect(told()).toEqual([
      created(closed, 'closed'),
      created(taken, 'taken'),
      ended(closed, 'closed', 'closed'),
      ended(taken, 'taken', 'replaced'),
      created(again.id, 'taken'),
    ])
    rig.authority.revoke('crd_ada')
    await second.closed
    expect(told()).toEqual([ended(again.id, 'taken', 'revoked')])
  })

  const openAs = async (token: string, name: string) =>
    refusal((await rig.linked(token)).open({ kind: 'private', name }))

  it.each([
    ['lacks the permission', 'weak', 'web', 'FORBIDDEN'],
    ['leaves its boundary', 'bounded', 'web', 'OUT_OF_BOUNDS'],
    ['asks for a name that is none', 'ada', '-', 'NAME_INVALID'],
  ])('tells who was not let open a tunnel: one who %s', async (_why, token, name, code) => {
    verifies('audit.log')
    begin()
    expect((await openAs(token, name)).code).toBe(code)
    const refused = { action: 'tunnel.create', decision: 'refused', code, target: name, agent: 'test/1' }
    expect(told()).toEqual([{ ...by(token), ...refused, details: { kind: 'private' } }])
  })

  it('tells cuts and mints, and who was kept from them', async () => {
    verifies('audit.log')
    begin()
    const bert = await rig.linked('bert')
    const { id, clientId } = await bert.open({ kind: 'private', name: 'db' })
    told()
    const mint = { permissions: ['tunnels.list'], ttlSeconds: 60 }
    const wide = { permissions: ['tunnels.cut'], ttlSeconds: 60 }
    const refused: readonly (readonly [string, string, string, string, object?])[] = [
      ['tunnel.cut', 'weak', 'DELETE', `/tunnels/${id}`],
      ['tunnel.cut', 'bounded', 'DELETE', `/tunnels/${id}`],
      ['tunnel.cut', 'ada', 'DELETE', '/tunnels/none'],
      ['client.cut', 'weak', 'DELETE', `/clients/${clientId}`],
      ['client.cut', 'bounded', 'DELETE', `/clients/${clientId}`],
      ['token.mint', 'weak', 'POST', '/tokens', mint],
      ['token.mint', 'ada', 'POST', '/tokens', { ...wide, ttlSeconds: 1e9 }],
    ]
    const codes = []
    for (const [action, token, method, path, body] of refused) {
      const { status } = await call(token, method, path, body)
      const [record, ...more] = told()
      const target = path.split('/')[2]
      expect([action, status >= 400, more]).toEqual([action, true, []])
      expect(record).toEqual({
        ...{ ...by(token), action, decision: 'refused', code: record?.code },
        ...(target !== undefined && { target }),
      })
      codes.push(record?.code)
    }
    expect(codes).toEqual([
      ...['FORBIDDEN', 'NOT_FOUND', 'NOT_FOUND', 'FORBIDDEN', 'NOT_FOUND', 'FORBIDDEN', 'OPTION_INVALID'],
    ])
    await call('ada', 'POST', '/tokens', mint)
    await call('ada', 'DELETE', `/tunnels/${id}`, { reason: 'leaks' })
    await call('ada', 'DELETE', `/clients/${clientId}`)
    const done = { ...by('ada'), decision: 'allowed' }
    expect(told()).toEqual([
      { ...done, action: 'token.mint', target: 'crd_minted', details: mint },
      { ...done, action: 'tunnel.cut', target: id, details: { reason: 'leaks' } },
      { ...done, action: 'client.cut', target: clientId, details: { reason: 'no reason was given' } },
    ])
  })

  it('tells no token, and nothing of those who proved nothing', async () => {
    verifies('audit.log')
    begin()
    const peer: Peer = rig.peer()
    expect((await refusal(peer.hello('a-secret'))).code).toBe('UNAUTHENTICATED')
    await rig.call('a-secret', '/api/engine/tunnels/x', { method: 'DELETE' })
    expect(told()).toEqual([])
    await call('ada', 'POST', '/tokens', { permissions: ['tunnels.list'], ttlSeconds: 60 })
    expect(JSON.stringify(told())).not.toContain('minted:')
  })
})
