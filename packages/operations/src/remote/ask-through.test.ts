/** Proves that a machine cannot lead what asks through its tunnels elsewhere: to other addresses, or with tokens for other tunnels. */
import { forwardTo, openSession } from '@towline/sdk'
import { EXPOSE_LABELS, type Exposure, LIMITS } from '@towline/protocol'
import { openHttpService, openSystem, type Service, type System, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askThrough } from './ask-through.ts'

let system: System
let evil: Service
let inner: Service
let session: ReturnType<typeof openSession>
const heard: unknown[] = []

beforeAll(async () => {
  system = await openSystem()
  inner = await openHttpService((_, response) => response.end('inner'))
  evil = await openHttpService(({ headers }, response) => {
    heard.push(headers.authorization)
    response.end('mine now')
  })
  const { url, token, ca } = system
  session = openSession({ url, token, agent: 'towline-test/0', ...(ca !== undefined && { ca }) })
  await session.online(new AbortController().signal)
})
afterAll(async () => {
  await session?.close()
  await system?.close()
  await Promise.all([evil?.close(), inner?.close()])
})

const open = async (name: string, labels = {}) => {
  const serve = forwardTo({ host: '127.0.0.1', port: inner.port, tls: false }, LIMITS)
  return (await session.open({ kind: 'http', name, labels, tokenAuth: true }, serve)).tunnel
}
const ask = (exposure: Partial<Exposure>): Promise<unknown> => {
  const { url, token, ca } = system
  const connection = { url, token, ...(ca !== undefined && { ca }) }
  const told = { id: 'exp_1', kind: 'http', protocol: 'http', host: 'localhost', port: 1, tokenAuth: true, ...exposure }
  const { signal } = new AbortController()
  return askThrough({ connection, exposure: told as Exposure, path: '/', agent: 'towline-test/0', signal })
}

describe('remote verify', () => {
  it('sends no token for a tunnel to an address that a machine names', async () => {
    verifies('mcp.remote.compare')
    const { id, name } = await open('vaultui', { [EXPOSE_LABELS.id]: 'exp_1' })
    const url = `http://127.0.0.1:${evil.port}`
    await expect(ask({ tunnelId: id, name, url })).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' })
    expect(heard).toEqual([])
  })

  it('asks no tunnel that is none of its exposures', async () => {
    const { id, name, url } = await open('payroll')
    await expect(ask({ tunnelId: id, name, url })).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' })
    await expect(ask({ tunnelId: 'tun_x', name, kind: 'private' })).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' })
  })

  it('asks what the relay knows as its exposure', async () => {
    const { id, name, url } = await open('own', { [EXPOSE_LABELS.id]: 'exp_1' })
    expect(await ask({ tunnelId: id, name, url })).toMatchObject({ connected: true, status: 200 })
  })
})
