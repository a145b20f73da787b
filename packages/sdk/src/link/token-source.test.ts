/** Proves that a token is asked for at each link and call, renewed once when it is refused, and that its source has the last word. */
import { AppError, type Limits, LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { createInventory } from '../inventory/inventory.ts'
import { openSession, type SessionState } from '../session/session.ts'
import { type FakeApi, fakeApi, json } from '../testing/fake-api.fixture.ts'
import { FakeEngine, type FakeEngineOptions } from '../testing/fake-engine.fixture.ts'
import type { TokenSource } from './token-source.ts'

const QUICK: Limits = { ...LIMITS, linkRetryMinMs: 1, linkRetryMaxMs: 4 }
const REFUSED = new AppError('UNAUTHENTICATED')

const open: { close(): Promise<void> | void }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const linked = async (token: TokenSource, onHello?: FakeEngineOptions['onHello']) => {
  const engine = await FakeEngine.open({ tls: false, ...(onHello && { onHello }) })
  open.push(engine)
  const session = openSession({ url: engine.url, token, env: {}, limits: QUICK })
  open.push(session)
  return { engine, session }
}

/** The first until it is refused, then the second. */
const renewing = (first: string, second: string): TokenSource => {
  let token = first
  return async (refused) => {
    if (refused === token) token = second
    return token
  }
}

const closedBy = async (states: AsyncIterable<SessionState>): Promise<AppError | undefined> => {
  for await (const state of states) if (state.status === 'closed') return state.error
  return undefined
}

describe('sdk token source: sessions', () => {
  it('sdk token source: ends a session with the reason of the source, which says more than the refusal', async () => {
    const ended = new AppError('LOGIN_ENDED', { context: 'here', url: 'x' })
    const { session } = await linked(
      async (refused) => (refused === undefined ? 'token-a' : Promise.reject(ended)),
      () => REFUSED,
    )
    await expect(session.online()).rejects.toBe(ended)
  })

  it('sdk token source: gives up when the renewed token is refused too, and when there is no other', async () => {
    const asked: unknown[] = []
    const { session } = await linked(
      async (refused) => (asked.push(refused), refused === undefined ? 'token-a' : 'token-b'),
      () => REFUSED,
    )
    await expect(session.online()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(asked).toEqual([undefined, 'token-a', undefined])
    const same = await linked(
      async () => 'token-a',
      () => REFUSED,
    )
    await expect(same.session.online()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('sdk token source: links again by a renewed token', async () => {
    verifies('cli.login')
    const { session, engine } = await linked(renewing('token-a', 'token-b'), (hello) =>
      hello.token === 'token-a' ? REFUSED : undefined,
    )
    await session.online()
    expect(engine.link.hello.token).toBe('token-b')
  })

  it('sdk token source: waits for a source that cannot answer right now, as for a server that is away', async () => {
    let count = 0
    const said: string[] = []
    const away = new AppError('SERVER_UNREACHABLE', { url: 'x', problem: 'away' })
    const source: TokenSource = async () =>
      ++count === 1 || count > 3 ? `token-${count}` : await Promise.reject<string>(away)
    const { session, engine } = await linked(source, ({ token }) => void said.push(token))
    await session.online()
    engine.drop()
    await engine.until(() => said.length > 1)
    expect(said).toEqual(['token-1', 'token-4'])
  })

  it('sdk token source: gives each lane a token of its own time', async () => {
    let count = 0
    const { session, engine } = await linked(async () => `token-${++count}`)
    await session.online()
    engine.link.mux.send({ type: 'lane.want' })
    await engine.until(() => engine.links.length > 1)
    expect(engine.links.map(({ hello }) => hello.token)).toEqual(['token-1', 'token-2'])
  })

  it('sdk token source: tells a source that ends while the session is away', async () => {
    const ended = new AppError('LOGIN_ENDED', { context: 'here', url: 'x' })
    let count = 0
    const { session, engine } = await linked(async () => (++count === 1 ? 'token-1' : Promise.reject(ended)))
    await session.online()
    const closed = closedBy(session.states.values())
    engine.drop()
    expect(await closed).toBe(ended)
  })
})

describe('sdk token source: calls', () => {
  const asking = async (
    token: TokenSource,
  ): Promise<{ api: FakeApi; inventory: ReturnType<typeof createInventory> }> => {
    const api = await fakeApi()
    const inventory = createInventory({ ...api.trusted, token, limits: QUICK })
    open.push(api, inventory)
    return { api, inventory }
  }

  it('sdk token source: repeats a refused call once, and tells the second refusal', async () => {
    const good = await asking(renewing('stale', 'tow_test'))
    good.api.reply = json({ tunnels: [] })
    expect(await good.inventory.listTunnels()).toEqual([])
    expect(good.api.asked).toHaveLength(1 + 1)
    const bad = await asking(renewing('stale', 'stale-too'))
    await expect(bad.inventory.listTunnels()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(bad.api.asked).toHaveLength(2)
  })

  it('sdk token source: tells why there is no token, of a call and of a watch', async () => {
    const ended = new AppError('LOGIN_ENDED', { context: 'here', url: 'x' })
    const { inventory } = await asking(async (refused) => (refused === undefined ? 'stale' : Promise.reject(ended)))
    await expect(inventory.listTunnels()).rejects.toBe(ended)
    await expect(inventory.watch().next()).rejects.toBe(ended)
  })
})
