/** Proves that what people do with tunnels, and the operator with people, is in the audit trail under the right name. */
import { agentLabels, writeAgentField } from '@towline/protocol'
import { type Browser, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { invite, logIn, PASSWORD, SCOPE } from '../oauth/login.ts'
import { openTrail, type Trail } from './trail.ts'

let trail: Trail
let ada: Browser
let adaId: string
beforeAll(async () => {
  trail = await openTrail()
  ;({ ada, adaId } = await trail.owner())
})
afterAll(() => trail?.system.close())

describe('audit of the engine and the operator', () => {
  it('keeps what a person does with tunnels, under their name and in their workspace', async () => {
    verifies('audit.log')
    const { tokens } = await logIn(trail.system, ada, undefined, `${SCOPE} tunnels.cut tokens.create`)
    const [approved] = await trail.kept()
    trail.secrets.push(tokens.access_token)
    const session = trail.system.session({ token: tokens.access_token, project: 'dev' })
    const tunnel = await session.open({ kind: 'private', name: 'db' }, () => {})
    const ask = (method: string, path: string, body: object) =>
      trail.system.api(`/api/engine${path}`, {
        method,
        body: JSON.stringify(body),
        headers: {
          ...{ authorization: `Bearer ${tokens.access_token}`, 'content-type': 'application/json' },
          'towline-project': 'dev',
        },
      })
    const minted = await ask('POST', '/tokens', { permissions: ['tunnels.list'], ttlSeconds: 60 })
    trail.secrets.push(((await minted.json()) as { token: string }).token)
    await ask('DELETE', '/tunnels/none', {})
    await ask('DELETE', '/tunnels/db', { reason: 'done' })
    await tunnel.closed
    const who = {
      userId: adaId,
      credentialId: approved?.target,
      projectId: trail.system.projectId,
      workspaceId: 'wsp_first',
    }
    expect(await trail.kept()).toMatchObject([
      { action: 'tunnel.create', decision: 'allowed', ...who, details: { name: 'db', kind: 'private' } },
      { action: 'token.mint', decision: 'allowed', ...who, target: expect.stringMatching(/^crd_/) },
      { action: 'tunnel.cut', decision: 'refused', code: 'NOT_FOUND', ...who, target: 'none' },
      { action: 'tunnel.cut', decision: 'allowed', ...who, details: { reason: 'done' } },
    ])
  })

  it('keeps for which agent and thread a tunnel was made and a call says it is, beside who they are', async () => {
    verifies('guard.audit', 'guard.labels')
    const { tokens } = await logIn(trail.system, ada, undefined, `${SCOPE} tunnels.cut`)
    const [approved] = await trail.kept()
    trail.secrets.push(tokens.access_token)
    const session = trail.system.session({ token: tokens.access_token, project: 'dev' })
    const labels = agentLabels({ name: 'codex', thread: 't-1', purpose: 'review' })
    const tunnel = await session.open({ kind: 'private', name: 'db', labels }, () => {})
    const cut = await trail.system.api('/api/engine/tunnels/db', {
      method: 'DELETE',
      body: '{}',
      headers: {
        ...{ authorization: `Bearer ${tokens.access_token}`, 'content-type': 'application/json' },
        ...{
          'towline-project': 'dev',
          'towline-agent': writeAgentField({ name: 'codex', thread: 't-1', call: 'c-1' }),
        },
      },
    })
    expect(cut.status).toBe(200)
    await tunnel.closed
    const who = { userId: adaId, credentialId: approved?.target, agent: 'codex', thread: 't-1' }
    expect(await trail.kept()).toMatchObject([
      { action: 'tunnel.create', ...who, details: { name: 'db', claimed: { agent: 'codex' } } },
      { action: 'tunnel.cut', ...who, details: { claimed: { agent: 'codex', call: 'c-1' } } },
    ])
  })

  it('keeps what the operator does about people and credentials', async () => {
    verifies('audit.log')
    await invite(trail.system, 'bob@example.test', 'member')
    await trail.system.control.setRole('bob@example.test', 'viewer')
    await trail.system.control.disableUser('bob@example.test')
    const { credentialId } = await trail.system.control.createOwnerCredential(trail.system.projectId)
    await trail.system.control.revoke(credentialId)
    const by = { details: { by: 'operator' } }
    expect(await trail.kept()).toMatchObject([
      { action: 'members.invite', target: 'bob@example.test', ...by },
      { action: 'account.setup', target: 'bob@example.test' },
      { action: 'members.set-role', ...by },
      { action: 'account.disable', ...by },
      { action: 'tokens.create', target: credentialId, ...by },
      { action: 'tokens.revoke', target: credentialId, ...by },
    ])
  })

  it('keeps nobody who signs in though they are disabled', async () => {
    verifies('audit.log', 'account.signin')
    await trail.sent('/sign-in', { email: 'bob@example.test', password: PASSWORD }, { origin: trail.site('') })
    expect(await trail.lines()).toEqual(['account.sign-in SIGN_IN_REFUSED'])
  })

  it('holds no secret, and always says who, or from where', () => {
    verifies('audit.log', 'token.storage')
    trail.judge()
  })
})
