/** Proves to whom a token goes: to nobody but whom it is for. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Secret } from '@towline/base'
import type { Tunnel } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { openRemoteMcp, type RemoteMcpRequest } from './remote-mcp.ts'
import { listRemoteTools } from './remote-tools.ts'
import { legacy, openStranger, tool } from './stranger.fixture.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})

const signal = new AbortController().signal

/** A published server, and an engine that tells of it as the test likes. */
const published = async (tell: (url: string) => readonly Partial<Tunnel>[]) => {
  const tokens = new Set<string | undefined>()
  const stranger = await openStranger((turn) => {
    tokens.add(turn.request.headers.authorization)
    legacy(({ result }) => result({ tools: [tool('look')] }))(turn)
  })
  const address = `http://127.0.0.1:${stranger.port}`
  const engine = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ tunnels: tell(address) }))
  })
  open.push(stranger, engine)
  await new Promise<void>((done) => engine.listen(0, '127.0.0.1', done))
  const connection = { url: `http://127.0.0.1:${(engine.address() as AddressInfo).port}`, token: 'tow_ours' }
  const reach = async (more: Partial<RemoteMcpRequest> = {}) => {
    const remote = await openRemoteMcp({ connection, url: `${address}/mcp`, agent: 'towline/test', signal, ...more })
    open.push(remote)
    return remote
  }
  return { tokens, reach }
}

const OURS: Partial<Tunnel> = { name: 'web', kind: 'http', tokenAuth: true }

describe('operations bridge: tokens', () => {
  it('operations bridge: sends our own to a published tunnel of our project that asks for one', async () => {
    verifies('mcp.bridge.tools')
    const { tokens, reach } = await published((url) => [{ ...OURS, url }])
    await listRemoteTools(await reach(), { signal })
    expect([...tokens]).toEqual(['Bearer tow_ours'])
  })

  it.each([
    ['an address that is no tunnel of ours', () => [{ ...OURS, url: 'http://127.0.0.1:1' }]],
    ['an address that only begins like one of ours', (url: string) => [{ ...OURS, url: `${url}0` }]],
    ['a tunnel that asks for none, whose service would see it', (url: string) => [{ ...OURS, url, tokenAuth: false }]],
  ])('operations bridge: sends none to %s', async (_what, tell) => {
    const { tokens, reach } = await published(tell)
    await listRemoteTools(await reach(), { signal })
    expect([...tokens]).toEqual([undefined])
  })

  it('operations bridge: sends none any more when the tunnel was opened anew without asking', async () => {
    let tokenAuth = true
    const { tokens, reach } = await published((url) => [{ ...OURS, url, tokenAuth }])
    const remote = await reach()
    tokenAuth = false
    tokens.clear()
    await listRemoteTools(remote, { signal })
    expect([...tokens]).toEqual([undefined])
  })

  it('operations bridge: sends the one that was given for that address', async () => {
    const { tokens, reach } = await published((url) => [{ ...OURS, url }])
    await reach({ token: new Secret('theirs') })
    expect([...tokens]).toEqual(['Bearer theirs'])
  })

  it('operations bridge: does not repeat what was given in an error', async () => {
    const { reach } = await published(() => [])
    const refused = await reach({ token: new Secret('not a\ntoken') }).catch((error: Error) => error)
    expect(String(refused)).toMatch(/^AppError: .*it is not a token/)
    expect(String(refused)).not.toContain('not a\ntoken')
  })
})
