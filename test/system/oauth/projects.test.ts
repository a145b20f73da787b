/** Proves what a login may do in which project: the one it names, as far as the role of its person goes, and no further. */
import { AppError } from '@towline/protocol'
import {
  type Browser,
  openHttpService,
  openSystem,
  type Service,
  type System,
  verifies,
  visit,
  within,
} from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { becomeOwner, invite, logIn } from './login.ts'

describe('oauth projects', () => {
  let system: System
  let service: Service
  let ada: Browser
  let token: string
  beforeAll(async () => {
    ;[system, service] = await Promise.all([
      openSystem(),
      openHttpService((_request, response) => void response.end('ok')),
    ])
    ada = await becomeOwner(system)
    token = (await logIn(system, ada)).tokens.access_token
  })
  afterAll(() => Promise.all([system?.close(), service?.close()]))

  const ask = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await system.api(path, { headers: { authorization: `Bearer ${token}`, ...headers } })
    const body = (await answer.json()) as { error?: unknown; clients?: unknown }
    return answer.status === 200 ? 200 : `${answer.status} ${AppError.from(body.error).code}`
  }

  it('takes the only project, until there are several; then one must be named', async () => {
    expect(await ask('/api/engine/clients')).toBe(200)
    await system.control.ensureProject('second')
    const fresh = (await logIn(system, ada)).tokens.access_token
    const headers = { authorization: `Bearer ${fresh}` }
    expect(await ask('/api/engine/clients', headers)).toBe('400 PROJECT_NEEDED')
    expect(await ask('/api/engine/clients', { ...headers, 'towline-project': 'second' })).toBe(200)
    expect(await ask('/api/engine/clients', { ...headers, 'towline-project': 'nobodys' })).toBe('404 NOT_FOUND')
    expect(
      await ask('/api/engine/clients', { authorization: `Bearer ${system.token}`, 'towline-project': 'second' }),
    ).toBe('401 UNAUTHENTICATED')
  })

  it('hosts in the project that the link names', async () => {
    verifies('oauth.device')
    const session = system.session({ token, project: 'second' })
    const { tunnel } = await session.open({ kind: 'private', name: 'here' }, () => {})
    expect(tunnel.projectId).not.toBe(system.projectId)
    const nowhere = system.session({ token, project: 'nobodys' })
    await expect(nowhere.open({ kind: 'private' }, () => {})).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('passes the edge of a tunnel in a project its person sees, and of no other', async () => {
    await system.serve({ kind: 'http', name: 'web', tokenAuth: true }, service.port)
    const visitBy = async (by: string) =>
      (await visit({ to: system.host('web'), headers: { authorization: `Bearer ${by}` } })).status
    expect(await visitBy(token)).toBe(200)
    const eve = await invite(system, 'eve@example.test', 'member')
    const other = (await logIn(system, eve)).tokens.access_token
    expect(await visitBy(other)).toBe(200)
    await system.control.setRole('eve@example.test', undefined)
    expect(await visitBy(other)).toBe(401)
  })

  it('gives no more than the role of its person, now and after the role changes', async () => {
    verifies('oauth.approve')
    const bob = await invite(system, 'bob@example.test', 'member')
    const { tokens } = await logIn(system, bob)
    const { authority } = system.control
    const ofBob = () => authority.verify(tokens.access_token, { project: 'dev' })
    expect((await ofBob()).permissions).toEqual(['tunnels.list', 'tunnels.create', 'tunnels.connect'])
    const session = system.session({ token: tokens.access_token, project: 'dev' })
    const tunnel = await session.open({ kind: 'private' }, () => {})
    await system.control.setRole('bob@example.test', 'viewer')
    expect((await within('the end of the tunnel', tunnel.closed))?.code).toBe('UNAUTHENTICATED')
    expect((await ofBob()).permissions).toEqual(['tunnels.list'])
  })
})
