/** Proves that what a visitor has open ends with the credential that let it in, and nothing else does. */
import { AppError } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { get, ok, openEdge } from './edge.fixture.ts'
import { principal } from './fakes.fixture.ts'

const bearer = (token: string): string => `Authorization: Bearer ${token}\r\n`
const STREAMING = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n'
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'

/** Three visitors' credentials; `child` was minted from `anna`. */
const guarded = () => {
  const opened = openEdge({ tunnel: { tokenAuth: true } })
  const { principals } = opened.authority
  principals.set('anna', principal({ credentialId: 'crd_anna', rootCredentialId: 'crd_anna' }))
  principals.set('child', principal({ credentialId: 'crd_child', rootCredentialId: 'crd_anna' }))
  principals.set('bert', principal({ credentialId: 'crd_bert', rootCredentialId: 'crd_bert' }))
  const isCut = (visitor: ReturnType<typeof opened.visit>) =>
    visitor.when(() => typeof visitor.state === 'number', 'the reset of the visitor')
  return { ...opened, isCut }
}

describe('edge visits', () => {
  it.each([
    ['its own credential', 'anna', 'crd_anna'],
    ['the credential that it was minted from', 'child', 'crd_anna'],
  ])('break off an answer that streams when %s is revoked, and leave other visitors alone', async (_, token, id) => {
    verifies('oauth.revoke')
    const { tunnel, visit, authority, isCut } = guarded()
    const [mine, other] = [visit(get('/', bearer(token))), visit(get('/', bearer('bert')))]
    for (const index of [0, 1]) (await tunnel.stream(index)).send(STREAMING)
    await mine.until('one')
    await other.until('one')
    authority.revoke(id)
    await isCut(mine)
    const services = [await tunnel.stream(0), await tunnel.stream(1)]
    await services[0]?.when(() => services[0]?.state !== 'open', 'the end of the stream to the service')
    services[1]?.send('3\r\ntwo\r\n0\r\n\r\n')
    await other.until('two\r\n0\r\n\r\n')
    expect(other.state).toBe('open')
  })

  it('break off a WebSocket', async () => {
    verifies('oauth.revoke')
    const { tunnel, visit, authority, isCut } = guarded()
    const visitor = visit(get('/ws', bearer('anna') + UPGRADE))
    const service = await tunnel.stream()
    service.send(SWITCHING)
    await visitor.until('\r\n\r\n')
    authority.revoke('crd_anna')
    await isCut(visitor)
    await service.when(() => service.state !== 'open', 'the end of the stream to the service')
  })

  it('tell a request that was not answered yet what happened, and no answer of the service follows', async () => {
    const { tunnel, visit, authority } = guarded()
    const visitor = visit(get('/slow', bearer('anna')))
    const service = await tunnel.stream()
    await service.until('/slow')
    authority.revoke('crd_anna')
    expect(await visitor.until('\r\n')).toBe('HTTP/1.1 401 Unauthorized\r\n')
    await service.when(() => service.state !== 'open', 'the end of the stream to the service')
    expect(tunnel.counts).toMatchObject({ began: 1, ended: 1 })
  })

  it('keep a request of another credential waiting while an answer streams, and check it anew then', async () => {
    const { tunnel, visit, authority } = guarded()
    const visitor = visit(get('/1', bearer('anna')) + get('/2', bearer('bert')))
    const service = await tunnel.stream()
    service.send(STREAMING)
    await visitor.until('one')
    expect(service.received).not.toContain('/2')
    authority.principals.delete('bert')
    authority.revoke('crd_bert')
    expect(visitor.state, 'what streams is of another').toBe('open')
    service.send('0\r\n\r\n')
    await visitor.until('HTTP/1.1 401 Unauthorized\r\n')
    expect(service.received).not.toContain('/2')
  })

  it('leave a connection open on which nothing runs; its next request is refused', async () => {
    const { tunnel, visit, authority } = guarded()
    const visitor = visit(get('/', bearer('anna')))
    const service = await tunnel.stream()
    service.send(ok('x'))
    await visitor.until('x')
    authority.principals.delete('anna')
    authority.revoke('crd_anna')
    visitor.send(get('/', bearer('anna')))
    await visitor.until('HTTP/1.1 401 Unauthorized\r\n')
  })

  it('miss no revocation that comes right after the check, however it falls', async () => {
    verifies('oauth.revoke')
    for (let turns = 0; turns < 12; turns++) {
      const { tunnel, visit, authority } = guarded()
      authority.verify = async (token) => {
        const found = authority.principals.get(token)
        if (!found) throw new AppError('UNAUTHENTICATED')
        authority.principals.clear()
        void inTurns(turns, () => authority.revoke('crd_anna'))
        return found
      }
      const visitor = visit(get('/ws', bearer('anna') + UPGRADE))
      const over = (): boolean => visitor.received.includes(' 401 ') || visitor.state !== 'open'
      await visitor.when(over, `an end, with the revocation ${turns} turns after the check,`)
      expect(tunnel.counts).toMatchObject({ answered: 0 })
    }
  })

  it('are forgotten when they are over', async () => {
    const { edge, visit, tunnel, authority } = guarded()
    const visitor = visit(get('/', bearer('anna')))
    ;(await tunnel.stream()).send(STREAMING)
    await visitor.until('one')
    expect(edge.admission.visits).toBe(1)
    visitor.channel.reset()
    await expect.poll(() => edge.admission.visits).toBe(0)
    expect(() => authority.revoke('crd_anna')).not.toThrow()
  })
})

/** Runs `act` once that many microtasks have passed. */
const inTurns = async (turns: number, act: () => void): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
  act()
}
