/** Proves that a process keeps its remote MCP servers open, and no more of them than it may. */
import { LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RemoteMcp, RemoteMcpRequest } from './remote-mcp.ts'
import { RemoteMcpPool } from './remote-mcp-pool.ts'

afterEach(() => {
  vi.useRealTimers()
})

const signal = new AbortController().signal
const to = (name: string, more: Partial<RemoteMcpRequest> = {}): RemoteMcpRequest => ({
  ...{
    connection: { url: 'https://example.com', token: 'tow_x' },
    url: `tow://${name}`,
    agent: 'towline/test',
    signal,
  },
  ...more,
})

/** Opens nothing real; tells what was opened and closed. */
const fake = (limits: Partial<typeof LIMITS> = {}) => {
  const told: string[] = []
  const over = new Set<string>()
  const open = async ({ url, restarted = false }: RemoteMcpRequest): Promise<RemoteMcp> => {
    told.push(`open ${url}`)
    over.delete(url)
    return {
      url,
      limits: LIMITS,
      server: { name: '', version: '', protocolVersion: '', stateful: true },
      get isOver() {
        return over.has(url)
      },
      ask: () => Promise.reject(new Error('not asked')),
      takeRestart: () => restarted,
      close: async () => void told.push(`close ${url}`),
    }
  }
  const pool = new RemoteMcpPool({ limits: { ...LIMITS, ...limits }, open })
  return { told, over, pool, touch: (name: string) => pool.use(to(name), async ({ url }) => url) }
}

describe('operations bridge: sessions that are kept', () => {
  it('operations bridge: opens each server once, also when it is asked for twice at once', async () => {
    verifies('mcp.bridge.tools')
    const { told, pool, touch } = fake()
    await Promise.all([touch('a'), touch('a'), touch('b')])
    await pool.use(to('a/mcp'), async () => undefined)
    expect(told).toEqual(['open tow://a', 'open tow://b'])
    await Promise.all([pool.close(), pool.close()])
    expect(told.slice(2)).toEqual(['close tow://a', 'close tow://b'])
  })

  it('operations bridge: keeps servers, projects and tokens apart', async () => {
    const { Secret } = await import('@towline/base')
    const { told, pool, touch } = fake()
    await touch('a')
    const connection = { url: 'https://example.com', token: 'tow_x', project: 'other' }
    await pool.use(to('a', { connection }), async () => undefined)
    await pool.use(to('a', { token: new Secret('t') }), async () => undefined)
    expect(told).toHaveLength(3)
  })

  it('operations bridge: ends the one that rested longest when there is no room', async () => {
    const { told, touch } = fake({ bridgeSessions: 2 })
    for (const name of ['a', 'b', 'a', 'c']) await touch(name)
    await vi.waitFor(() => expect(told).toEqual(['open tow://a', 'open tow://b', 'open tow://c', 'close tow://b']))
  })

  it('operations bridge: refuses another while all are in use', async () => {
    const { pool, touch } = fake({ bridgeSessions: 1 })
    await pool.use(to('a'), async () => {
      await expect(touch('b')).rejects.toMatchObject({ code: 'LIMIT_REACHED' })
    })
    expect(await touch('b')).toBe('tow://b')
  })

  it('operations bridge: ends what rested long enough, but nothing that is in use', async () => {
    vi.useFakeTimers()
    const { told, pool, touch } = fake({ bridgeIdleMs: 1_000 })
    await touch('a')
    await pool.use(to('b'), async () => {
      await vi.advanceTimersByTimeAsync(1_500)
      expect(told).toEqual(['open tow://a', 'open tow://b', 'close tow://a'])
    })
  })

  it('operations bridge: opens anew what is over, and forgets what could not be opened', async () => {
    const { told, over, pool, touch } = fake()
    await touch('a')
    over.add('tow://a')
    expect(await pool.use(to('a'), async (remote) => remote.takeRestart())).toBe(true)
    expect(told).toEqual(['open tow://a', 'open tow://a', 'close tow://a'])
    const failing = new RemoteMcpPool({ open: () => Promise.reject(new Error(`no ${told.push('tried')}`)) })
    for (let time = 0; time < 2; time++) await failing.use(to('a'), async () => undefined).catch(() => undefined)
    expect(told.slice(3)).toEqual(['tried', 'tried'])
  })

  it('operations bridge: who gives up leaves the opening to others', async () => {
    const asked = new AbortController()
    let opened = (): void => undefined
    const { told, pool } = fake()
    const slow = new RemoteMcpPool({
      open: async (request) => {
        await new Promise<void>((done) => (opened = done))
        return await pool.use(request, async (remote) => remote)
      },
    })
    const given = slow.use(to('a', { signal: asked.signal }), async () => 'used')
    const kept = slow.use(to('a'), async () => 'used')
    asked.abort(new Error('enough'))
    await expect(given).rejects.toThrow('enough')
    opened()
    expect([await kept, told]).toEqual(['used', ['open tow://a']])
  })

  it('operations bridge: opens nothing after its end', async () => {
    const { pool, touch } = fake()
    await pool.close()
    await expect(touch('a')).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
  })
})
