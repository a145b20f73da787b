/** Proves that bulk to a far client comes by further connections, chosen by the engine alone, and that a near client gets none. */
import { type FarRelayOptions, openFarRelay, openHttpService, openSystem, verifies, visit } from '@towline/testkit'
import { describe, expect, it } from 'vitest'

const KiB = 1024
const BODY = 512 * KiB
/** One connection is soon full. */
const RATE = 4 * KiB * KiB

/** Eight visitors download, `rounds` times each or until a lane has carried a body; answers what the client came by. */
const download = async (far: FarRelayOptions, rounds: number) => {
  await using system = await openSystem({ limits: { laneRoundTripMs: 15 } })
  await using relay = await openFarRelay(system.port, far)
  const body = Buffer.alloc(BODY, 'a').toString()
  await using service = await openHttpService((_request, response) => void response.end(body))
  const session = system.session({ url: system.url.replace(String(system.port), String(relay.port)) })
  await system.serve({ kind: 'http', name: 'far' }, service.port, session)
  const laneUsed = (): boolean => relay.carried.slice(1).some((bytes) => bytes >= BODY)
  const visitor = async (): Promise<void> => {
    for (let round = 0; round < rounds && !laneUsed(); round++) {
      const answer = await visit({ to: system.host('far') })
      expect([answer.status, answer.body === body]).toEqual([200, true])
    }
  }
  await Promise.all(Array.from({ length: 8 }, visitor))
  const { clients } = (await (await system.api('/api/engine/clients')).json()) as { clients: unknown[] }
  return { laneUsed: laneUsed(), lanes: relay.open > 1, clients: clients.length, status: session.state.status }
}

describe('bulk lanes', () => {
  it('are asked for and carry new downloads when the client is 20 ms away and its connection is full', async () => {
    verifies('link.bulk')
    const far = await download({ delayMs: 10, bytesPerSecond: RATE }, 100)
    expect(far).toEqual({ laneUsed: true, lanes: true, clients: 1, status: 'online' })
  })

  it('are not asked for when the client is near, however full its connection is', async () => {
    verifies('link.bulk')
    const near = await download({ delayMs: 0, bytesPerSecond: RATE }, 4)
    expect(near).toEqual({ laneUsed: false, lanes: false, clients: 1, status: 'online' })
  })
})
