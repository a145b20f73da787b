/** Proves how a session lives: refused, lost, linked again with the same tunnels, ended for good, and closed. */
import { AppError, type Limits, LIMITS, RESET } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { echo } from '../testing/echo.fixture.ts'
import { FakeEngine, type FakeEngineOptions } from '../testing/fake-engine.fixture.ts'
import { banner, silence } from '../testing/strangers.fixture.ts'
import type { HostedTunnel } from './hosted-tunnel.ts'
import { openSession, type Session, type SessionOptions, type SessionState } from './session.ts'

const QUICK: Limits = { ...LIMITS, linkRetryMinMs: 1, linkRetryMaxMs: 4, goneMs: 150, linkReplyMs: 100 }

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})

const engineWith = async (options: FakeEngineOptions = {}): Promise<FakeEngine> => {
  const engine = await FakeEngine.open({ tls: false, ...options })
  open.push(engine)
  return engine
}

const sessionTo = (url: string, options: Partial<SessionOptions> = {}): Session => {
  const session = openSession({ url, token: 'tow_test', env: {}, limits: QUICK, ...options })
  open.push(session)
  return session
}

const stateOf = async (session: Session, status: SessionState['status']): Promise<SessionState> => {
  for await (const state of session.states.values()) if (state.status === status) return state
  return session.state
}

const next = (tunnel: HostedTunnel, type: 'online' | 'offline' | 'refused' | 'stats'): Promise<unknown> =>
  new Promise((done) => {
    const stop = tunnel.events.on((event) => {
      if (event.type !== type) return
      stop()
      done(event)
    })
  })

describe('sdk session: who is turned away', () => {
  it.each([new AppError('UNAUTHENTICATED'), new AppError('VERSION_SKEW', { older: 'client', ours: '1', theirs: '2' })])(
    'sdk session: ends with $code when the first hello is refused with it',
    async (error) => {
      const engine = await engineWith({ onHello: () => error })
      const session = sessionTo(engine.url)
      await expect(session.online()).rejects.toMatchObject({ code: error.code })
      expect(session.state).toMatchObject({ status: 'closed', error: { code: error.code } })
    },
  )

  it('sdk session: says SHUTTING_DOWN at once when nobody asked it to persist', async () => {
    const engine = await engineWith({ onHello: () => new AppError('SHUTTING_DOWN') })
    await expect(sessionTo(engine.url).online()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  })

  it('sdk session: keeps trying before the first link when it is asked to persist', async () => {
    let refusals = 3
    const engine = await engineWith({ onHello: () => (refusals-- > 0 ? new AppError('SHUTTING_DOWN') : undefined) })
    const session = sessionTo(engine.url, { persist: true })
    await session.online()
    expect(engine.links.length).toBe(1)
  })

  it('sdk session: never shows the token', async () => {
    const engine = await engineWith()
    const session = sessionTo(engine.url, { token: 'tow_hunter2' })
    await session.online()
    expect(engine.link.hello.token).toBe('tow_hunter2')
    expect(JSON.stringify(session.state)).not.toContain('hunter2')
  })

  it('sdk session: rejects a tunnel that the engine refuses and leaves nothing open', async () => {
    const engine = await engineWith({ onTunnelOpen: ({ name }) => new AppError('NAME_TAKEN', { name: name ?? '' }) })
    const session = sessionTo(engine.url)
    await expect(session.open({ kind: 'http', name: 'web' }, echo)).rejects.toMatchObject({ code: 'NAME_TAKEN' })
    expect(session.tunnels).toEqual([])
  })

  it('sdk session: refuses to open or dial after it was closed', async () => {
    const engine = await engineWith()
    const session = sessionTo(engine.url)
    await session.close()
    await expect(session.open({ kind: 'http' }, echo)).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
    await expect(session.dial('tow://db')).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
  })

  it('sdk session: refuses streams of tunnels it does not host', async () => {
    const engine = await engineWith()
    const session = sessionTo(engine.url)
    await session.open({ kind: 'http', name: 'web' }, echo)
    const { ear } = engine.visit('web', { tunnelId: 'tun_other' })
    await ear.until(() => ear.said.length > 0)
    expect(ear.said).toEqual([`closed ${RESET.tunnelUnknown}`])
  })
})

describe('sdk session: lost and linked again', () => {
  it('sdk session: opens its tunnels again under the same name and port, and serves', async () => {
    verifies('tunnel.reconnect')
    const engine = await engineWith()
    const session = sessionTo(engine.url)
    const [web, db] = [await session.open({ kind: 'http' }, echo), await session.open({ kind: 'tcp' }, echo)]
    const before = { web: web.tunnel, db: db.tunnel }
    const again = Promise.all([next(web, 'online'), next(db, 'online')])
    engine.drop()
    await again
    expect([web.tunnel.name, db.url]).toEqual([before.web.name, before.db.url])
    expect(web.tunnel.id).not.toBe(before.web.id)
    const { stream, ear } = engine.visit(web.tunnel.name)
    stream.write(Buffer.from('hello'))
    await ear.until(() => ear.bytes.length === 5)
  })

  it('sdk session: goes through disconnected and reconnecting to online', async () => {
    verifies('tunnel.reconnect')
    const engine = await engineWith()
    const session = sessionTo(engine.url)
    const seen: string[] = []
    const watching = (async () => {
      for await (const { status } of session.states.values()) seen.push(status)
    })()
    await session.online()
    engine.drop()
    await engine.until(() => engine.links.length === 0)
    await stateOf(session, 'disconnected')
    await session.online()
    await session.close()
    await watching
    expect(seen).toEqual(['connecting', 'online', 'disconnected', 'reconnecting', 'online', 'closed'])
  })

  it('sdk session: keeps trying while the engine is away, also when a stranger answers in its place', async () => {
    verifies('tunnel.reconnect')
    const engine = await FakeEngine.open({ tls: false })
    const { port, url } = engine
    const session = sessionTo(url)
    await session.online()
    await engine.close()
    const seen = new Set<string>()
    const told = (code: string): Promise<void> =>
      new Promise((done) =>
        session.states.on((state) => {
          if (state.status === 'disconnected') seen.add(state.error.code)
          if (seen.has(code)) done()
        }),
      )
    await told('SERVER_UNREACHABLE')
    const stranger = await banner('SSH-2.0-OpenSSH_9.2\r\n', port)
    await told('NOT_TOWLINE')
    await stranger.close()
    open.push(await FakeEngine.open({ tls: false, port }))
    await session.online()
  })

  it('sdk session: asks again for a name that its own dead link still holds', async () => {
    verifies('tunnel.reconnect')
    let refusals = 0
    const taken = new AppError('NAME_TAKEN', { name: 'web' })
    const engine = await engineWith({ onTunnelOpen: () => (refusals-- > 0 ? taken : undefined) })
    const session = sessionTo(engine.url)
    const web = await session.open({ kind: 'http', name: 'web' }, echo)
    refusals = 3
    const again = next(web, 'online')
    engine.drop()
    await again
    expect(web.status).toBe('online')
  })

  it('sdk session: gives a name up that is still taken when its own lease must be over', async () => {
    const taken = new AppError('NAME_TAKEN', { name: 'web' })
    let first = true
    const engine = await engineWith({
      onTunnelOpen: () => {
        const refusal = first ? undefined : taken
        first = false
        return refusal
      },
    })
    const session = sessionTo(engine.url)
    const web = await session.open({ kind: 'http', name: 'web' }, echo)
    engine.drop()
    expect(await web.closed).toMatchObject({ code: 'NAME_TAKEN' })
    expect([web.status, session.state.status]).toEqual(['closed', 'online'])
  })

  it('sdk session: moves on when the engine says goaway, and lets old streams finish', async () => {
    const engine = await engineWith()
    const session = sessionTo(engine.url)
    const web = await session.open({ kind: 'http', name: 'web' }, echo)
    const { stream, ear } = engine.visit('web')
    const old = engine.link
    const again = next(web, 'online')
    old.mux.send({ type: 'goaway' })
    await again
    const replaced = new AppError('TUNNEL_REPLACED', { name: 'web' })
    const [gone] = old.tunnels.keys()
    old.mux.send({ type: 'tunnel.close', tunnelId: gone as string, error: replaced.toJSON() })
    stream.write(Buffer.from('late'))
    await ear.until(() => ear.bytes.length === 4)
    expect([web.status, engine.links.length]).toEqual(['online', 2])
  })

  it('sdk session: survives 200 lost links', async () => {
    verifies('tunnel.reconnect')
    const engine = await engineWith()
    const session = sessionTo(engine.url, { random: () => 0 })
    const web = await session.open({ kind: 'http', name: 'web' }, echo)
    for (let cycle = 0; cycle < 200; cycle++) {
      const again = next(web, 'online')
      engine.drop()
      await again
    }
    expect([engine.links.length, engine.tunnels.length, session.tunnels.length]).toEqual([1, 1, 1])
  })
})

describe('sdk session: ended for good', () => {
  it.each([new AppError('UNAUTHENTICATED'), new AppError('CLIENT_CUT', { by: 'crd_1', reason: 'enough' })])(
    'sdk session: does not come back after $code',
    async (error) => {
      const engine = await engineWith()
      const session = sessionTo(engine.url)
      const web = await session.open({ kind: 'http' }, echo)
      engine.link.mux.send({ type: 'error', error: error.toJSON() })
      engine.link.mux.close()
      expect(await web.closed).toMatchObject({ code: error.code })
      expect(session.state).toMatchObject({ status: 'closed', error: { code: error.code } })
      await expect(session.online()).rejects.toMatchObject({ code: error.code })
    },
  )

  it.each(['TUNNEL_REPLACED', 'TUNNEL_CUT'] as const)(
    'sdk session: ends one tunnel with %s and keeps the others',
    async (code) => {
      const engine = await engineWith()
      const session = sessionTo(engine.url)
      const web = await session.open({ kind: 'http', name: 'web' }, echo)
      const db = await session.open({ kind: 'private', name: 'db' }, echo)
      const error = new AppError(code, { name: 'web', by: 'crd_1', reason: 'enough' })
      engine.link.mux.send({ type: 'tunnel.close', tunnelId: web.tunnel.id, error: error.toJSON() })
      expect(await web.closed).toMatchObject({ code })
      expect([db.status, session.state.status, session.tunnels]).toEqual(['online', 'online', [db]])
    },
  )
})

describe('sdk session: closed', () => {
  it('sdk session: removes its tunnels, says goodbye, and waits until the engine has heard', async () => {
    const engine = await engineWith()
    const session = sessionTo(engine.url)
    const web = await session.open({ kind: 'http', name: 'web' }, echo)
    const { link } = engine
    await session.close()
    await session.close()
    expect(link.said.map(({ type }) => type)).toEqual(['tunnel.open', 'tunnel.close', 'goaway'])
    expect([await web.closed, web.status, session.state]).toEqual([undefined, 'closed', { status: 'closed' }])
  })

  it('sdk session: closes one tunnel', async () => {
    const engine = await engineWith()
    const session = sessionTo(engine.url)
    const web = await session.open({ kind: 'http', name: 'web' }, echo)
    web.close()
    await engine.until(() => engine.tunnels.length === 0)
    expect(session.tunnels).toEqual([])
  })

  it('sdk session: closes while it connects, and by its signal', async () => {
    const { port, close } = await silence()
    open.push({ close })
    const told = new AbortController()
    const session = sessionTo(`http://127.0.0.1:${port}`, { signal: told.signal })
    const waiting = session.online()
    told.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
    await session.close()
  })

  it('sdk session: takes a tunnel back that was opened after nobody waited any more', async () => {
    const engine = await engineWith()
    const session = sessionTo(engine.url)
    await session.online()
    const told = new AbortController()
    const opening = session.open({ kind: 'http', name: 'web' }, echo, told.signal)
    await engine.until(() => engine.tunnels.length === 1)
    told.abort(new Error('enough'))
    await expect(opening).rejects.toThrow('enough')
    await engine.until(() => engine.tunnels.length === 0)
  })
})
