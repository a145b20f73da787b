/** Proves which managed tunnels of this workstation a cleanup ends, before it cuts what is left of them. */
import { AGENT_LABELS, AppError } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import type { LocalStatus, LocalTunnel } from '../local/local-tunnel.ts'
import { cleanUp } from './clean-up.ts'
import { cleanersOf } from './cleaners-of.ts'
import { localCleaner } from './local-cleaner.ts'

const HERE = 'https://here.example:443'
const tunnel = (id: string, more: Partial<LocalTunnel> = {}): LocalTunnel => ({
  ...{
    id,
    status: 'online',
    kind: 'http',
    port: 3000,
    target: 'localhost:3000',
    server: HERE,
    createdAt: 1,
    reconnects: 0,
  },
  labels: { [AGENT_LABELS.thread]: 't-1' },
  ...more,
})

/** Forgets what it stops; `gone` is forgotten by somebody else at that very moment. */
const supervisorOf = (tunnels: readonly LocalTunnel[], gone: readonly string[] = []) => {
  const left = new Map(tunnels.map((one) => [one.id, one]))
  return {
    left,
    listLocal: async () => [...left.values()],
    stopLocal: async (id: string) => {
      const was = left.get(id)?.status as LocalStatus
      left.delete(id)
      if (gone.includes(id)) throw new AppError('LOCAL_UNKNOWN', { id })
      return { stopped: true, id, was } as const
    },
  }
}

describe('cleanup of local tunnels', () => {
  it('ends those that serve and forgets those that were lost; what ended by itself is told no more', async () => {
    verifies('guard.cleanup')
    const statuses = ['opening', 'online', 'reconnecting', 'lost', 'expired', 'failed'] as const
    const supervisor = supervisorOf(
      statuses.map((status) => tunnel(status, { status })),
      ['reconnecting'],
    )
    const { removed, failed, remaining } = await cleanUp({ thread: 't-1', cleaners: [localCleaner(supervisor)] })
    expect(removed.map(({ id }) => id)).toEqual(['opening', 'online', 'reconnecting', 'lost'])
    expect([failed, remaining]).toEqual([[], []])
  })

  it('leaves other threads, and with a place those that lead elsewhere', async () => {
    verifies('guard.cleanup')
    const all = [
      tunnel('here'),
      tunnel('named', { project: 'dev' }),
      tunnel('project', { project: 'other' }),
      tunnel('server', { server: 'https://there.example:443' }),
      tunnel('thread', { labels: { [AGENT_LABELS.thread]: 't-2' } }),
    ]
    const ended = async (place?: { url: string; project?: string }) => {
      const cleaners = [localCleaner(supervisorOf(all), place)]
      return (await cleanUp({ thread: 't-1', cleaners })).removed.map(({ id }) => id)
    }
    expect(await ended()).toEqual(['here', 'named', 'project', 'server'])
    expect(await ended({ url: HERE, project: 'dev' })).toEqual(['here', 'named'])
    expect(await ended({ url: HERE })).toEqual(['here', 'named', 'project'])
  })

  it('comes before the tunnels of the server', () => {
    const connection = { url: HERE, token: 'tow_a_b' }
    const reach = (): never => {
      throw new Error('no machine is asked')
    }
    const asked = { connection, supervisor: supervisorOf([]), reach, named: false }
    expect(cleanersOf(asked).map(({ kind }) => kind)).toEqual(['local tunnel', 'remote service', 'tunnel'])
  })
})
