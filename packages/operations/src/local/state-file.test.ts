/** Proves what is told of tunnels whose supervisor is gone, and that writes of the state never overlap. */
import { describe, expect, it } from 'vitest'
import type { LocalTunnel } from './local-tunnel.ts'
import { recovered, StateWriter } from './state-file.ts'

const tunnel = (status: LocalTunnel['status']): LocalTunnel => ({
  ...{ id: status, status, kind: 'http', port: 1, target: 'localhost:1', labels: {}, server: 'http://x' },
  ...{ createdAt: 1, reconnects: 0 },
})

describe('local state', () => {
  it('local state: of live tunnels without a supervisor is lost; a restart of the machine is told apart', () => {
    const tunnels = [tunnel('online'), tunnel('reconnecting'), tunnel('opening'), tunnel('expired')]
    const told = (before: string, now: string) => recovered({ bootId: before, tunnels }, now, 7)
    expect(told('a', 'a').map(({ status }) => status)).toEqual(['lost', 'lost', 'lost', 'expired'])
    expect(told('a', 'a')[0]).toMatchObject({ reason: expect.stringContaining('killed or crashed'), endedAt: 7 })
    expect(told('a', 'b')[0]).toMatchObject({ reason: expect.stringContaining('machine was restarted') })
    expect(recovered({ tunnels }, undefined, 7)[0]).toMatchObject({ reason: expect.stringContaining('killed') })
  })

  it('local state: is written once at a time, the last change is in it, and nothing after the end', async () => {
    let [now, most, writes] = [0, 0, 0]
    const writer = new StateWriter(async () => {
      most = Math.max(most, ++now)
      writes++
      await new Promise((done) => setImmediate(done))
      now--
    })
    await Promise.all(Array.from({ length: 20 }, () => writer.save()))
    expect([most, writes]).toEqual([1, 2])
    await writer.close()
    await writer.save()
    expect(writes).toBe(2)
  })

  it('local state: goes on after a write that failed', async () => {
    let writes = 0
    const writer = new StateWriter(async () => {
      if (++writes === 1) throw new Error('no room')
    })
    const [first, second] = [writer.save(), writer.save()]
    await expect(first).rejects.toThrow('no room')
    await second
    expect(writes).toBe(2)
  })
})
