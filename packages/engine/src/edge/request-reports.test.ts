/** Proves which requests the authority hears of for the logs of projects, and that a flood is not told. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { get, ok, openEdge } from './edge.fixture.ts'

describe('edge request reports', () => {
  it('tells a request when it is answered, without its query', async () => {
    verifies('project.logs')
    const { tunnel, visit, authority, time } = openEdge({ tunnel: { labels: { env: 'prod' } } })
    const visitor = visit(get('/a?secret=1'))
    const stream = await tunnel.stream()
    time.now += 12
    stream.send(ok('x'))
    await visitor.until('x')
    const { id, name, projectId } = tunnel.tunnel
    expect(authority.observed).toEqual([
      {
        kind: 'request',
        at: 1_700_000_000,
        projectId,
        tunnelId: id,
        tunnel: name,
        labels: { env: 'prod' },
        method: 'GET',
        path: '/a',
        host: 'web.dev.localhost',
        status: 200,
        durationMs: 12,
        address: '192.0.2.7',
        requestId: expect.any(String),
      },
    ])
  })

  it('tells a request that was refused, and why', async () => {
    const { tunnel, visit, authority } = openEdge({ tunnel: { trustedIps: ['10.0.0.0/8'] } })
    await visit(get('/a')).until('\r\n')
    const { projectId } = tunnel.tunnel
    expect(authority.observed).toMatchObject([{ projectId, kind: 'request', status: 403, code: 'IP_REFUSED' }])
  })

  it('tells at most so many of a project in a second', async () => {
    verifies('limits.table')
    const { tunnel, visit, authority, time } = openEdge({ limits: { requestLogsPerSecond: 2 } })
    const visitor = visit(get('/1'))
    const stream = await tunnel.stream()
    const answer = async (path: string): Promise<void> => {
      stream.send(ok(path))
      await visitor.until(path)
    }
    await answer('1')
    for (const path of ['2', '3', '4']) {
      if (path === '4') time.now += 1_000
      visitor.send(get(`/${path}`))
      await answer(path)
    }
    expect(authority.observed.map(({ path }) => path)).toEqual(['/1', '/2', '/4'])
  })
})
