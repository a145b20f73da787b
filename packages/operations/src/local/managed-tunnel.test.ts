/** Proves that whoever ends a managed tunnel is answered after what served it has ended, and not for ever later. */
import { LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { forward } from '../tunnel/forward.ts'
import { planExpose } from './expose-plan.ts'
import { ManagedTunnel } from './managed-tunnel.ts'

const ENV = { TOWLINE_URL: 'http://127.0.0.1:1', TOWLINE_TOKEN: 'tow_crd_secret', TOWLINE_HOME: '/nowhere' }

const started = async (run: typeof forward): Promise<ManagedTunnel> => {
  const plan = await planExpose({ port: 9, publish: false }, ENV, LIMITS)
  const options = { id: 'lcl_1', plan, agent: 'test/1', limits: LIMITS, clock: () => 0, onChange: () => undefined }
  const tunnel = new ManagedTunnel({ ...options, forward: run })
  tunnel.start()
  return tunnel
}

describe('end of a managed tunnel', () => {
  afterEach(() => void vi.useRealTimers())

  it('comes after the end of what served it', async () => {
    verifies('mcp.local.list-stop')
    let over = false
    const tunnel = await started(async ({ signal }) => {
      await new Promise((done) => signal.addEventListener('abort', done))
      await new Promise((done) => setImmediate(done))
      over = true
    })
    await tunnel.end('stopped')
    expect([over, tunnel.told.status]).toEqual([true, 'stopped'])
  })

  it('is told after localStopMs where that does not end', async () => {
    vi.useFakeTimers()
    const tunnel = await started(() => new Promise(() => undefined))
    const ended = tunnel.end('stopped')
    await vi.advanceTimersByTimeAsync(LIMITS.localStopMs)
    await ended
    expect(tunnel.told.status).toBe('stopped')
  })
})
