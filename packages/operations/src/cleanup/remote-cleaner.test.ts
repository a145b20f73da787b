/** Proves which services of machines a cleanup ends: those the machine itself says it exposes, whatever labels tell. */
import { AppError, type Exposure, EXPOSE_LABELS, type Labels, type MachineQuestion } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import type { MachinePool } from '../webtty/machine-pool.ts'
import type { Cleaner } from './cleaner.ts'
import { type ReachMachine, remoteCleaner } from './remote-cleaner.ts'

const labelsOf = (id: string, machine = 'lab'): Labels => ({
  [EXPOSE_LABELS.id]: id,
  [EXPOSE_LABELS.machine]: machine,
})

/** Tunnels of the relay; their own cleaner is asked for the list alone. */
const tunnelsOf = (all: Readonly<Record<string, Labels>>): Cleaner => ({
  kind: 'tunnel',
  list: async () => Object.entries(all).map(([id, labels]) => ({ kind: 'tunnel', id, name: `name-${id}`, labels })),
  remove: () => Promise.reject(new Error('the machine ends it, not the relay')),
})

/** Machines by name, each with its exposures by id and the tunnel of each. */
const machinesOf = (machines: Readonly<Record<string, Readonly<Record<string, string>>>>) => {
  const asked: string[] = []
  const reach: ReachMachine = (name) => {
    const own = machines[name]
    const exposures = (one?: string): readonly Exposure[] =>
      Object.entries(own ?? {})
        .filter(([id]) => one === undefined || id === one)
        .map(([id, tunnelId]) => ({ id, tunnelId, status: 'online' }) as Exposure)
    const ask = async (question: MachineQuestion) => {
      asked.push([name, question.use, ...('id' in question ? [question.id] : [])].join(' '))
      return { exposures: exposures(question.use === 'unexpose' ? question.id : undefined) }
    }
    const connect = async () => {
      if (!own) throw new AppError('EXPOSE_OFF')
      return { ask, close: () => undefined }
    }
    const machine = { connect, why: (error: unknown) => error, close: async () => undefined }
    const pool = { machine: async () => machine } as unknown as MachinePool
    const connection = () => Promise.reject(new Error('the relay is not asked'))
    return { connection, url: `tow://${name}`, agent: 'test', env: {}, trust: {}, pool } as never
  }
  return { asked, reach }
}

const itemOf = async (cleaner: Cleaner, id: string) => {
  const found = (await cleaner.list({})).find((item) => item.id === id)
  if (!found) throw new Error(`${id} is not listed`)
  return found
}

describe('cleanup of services of machines', () => {
  it('lists the tunnels that machines opened on request, under their names, and no others', async () => {
    verifies('guard.cleanup')
    const half: Labels = { [EXPOSE_LABELS.machine]: 'lab' }
    const tunnels = tunnelsOf({ tun_1: labelsOf('one'), tun_2: {}, tun_3: half })
    const { reach, asked } = machinesOf({ lab: { one: 'tun_1' } })
    expect(await remoteCleaner(tunnels, reach).list({})).toEqual([
      { kind: 'remote service', id: 'tun_1', name: 'name-tun_1', labels: labelsOf('one') },
    ])
    expect(asked).toEqual([])
  })

  it('has the machine end exactly that one', async () => {
    verifies('guard.cleanup')
    const { reach, asked } = machinesOf({ lab: { one: 'tun_1', two: 'tun_2' } })
    const cleaner = remoteCleaner(tunnelsOf({ tun_1: labelsOf('one') }), reach)
    await cleaner.remove(await itemOf(cleaner, 'tun_1'))
    expect(asked).toEqual(['lab exposed', 'lab unexpose one'])
  })

  it('ends nothing of somebody else, whose exposure forged labels name', async () => {
    verifies('guard.cleanup')
    const { reach, asked } = machinesOf({ lab: { victim: 'tun_of_victim' } })
    const cleaner = remoteCleaner(tunnelsOf({ tun_forged: labelsOf('victim') }), reach)
    const removed = cleaner.remove(await itemOf(cleaner, 'tun_forged'))
    await expect(removed).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(asked).toEqual(['lab exposed'])
  })

  it('tells why a machine was not asked', async () => {
    const cleaner = remoteCleaner(tunnelsOf({ tun_1: labelsOf('one', 'shut') }), machinesOf({}).reach)
    await expect(cleaner.remove(await itemOf(cleaner, 'tun_1'))).rejects.toMatchObject({ code: 'EXPOSE_OFF' })
  })
})
