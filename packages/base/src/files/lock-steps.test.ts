/** Proves that no order of steps, and no death between them, lets two hold a lock at once. */
import fc from 'fast-check'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { type LockFolder, releaseLock, takeLock } from './lock-steps.ts'

/** A folder whose every act waits for its turn, which the scheduler chooses. */
const scheduledFolder = (
  scheduler: fc.Scheduler,
  dead: ReadonlySet<string>,
): LockFolder & { readonly locks: ReadonlyMap<number, string> } => {
  const locks = new Map<number, string>()
  const turn = async <T>(act: () => T): Promise<T> => {
    await scheduler.schedule(Promise.resolve())
    return act()
  }
  return {
    locks,
    numbers: () => turn(() => [...locks.keys()].toSorted((a, b) => a - b)),
    holder: (number) => turn(() => locks.get(number)),
    create: (number, holder) =>
      turn(() => {
        if (locks.has(number)) return false
        locks.set(number, holder)
        return true
      }),
    remove: (number) => turn(() => void locks.delete(number)),
    isOver: (_number, holder) => turn(() => dead.has(holder)),
  }
}

const ROUNDS = 3
const ATTEMPTS = 12

describe('lock steps', () => {
  it('lock steps: lets one in at a time, whoever dies and whatever comes between', async () => {
    verifies('cli.context')
    const deaths = fc.array(fc.array(fc.boolean(), { minLength: ROUNDS, maxLength: ROUNDS }), {
      minLength: 2,
      maxLength: 4,
    })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), deaths, async (scheduler, all) => {
        const dead = new Set<string>()
        const folder = scheduledFolder(scheduler, dead)
        let [inside, most] = [0, 0]
        const hold = async (self: string, dies: boolean): Promise<void> => {
          const own = await takeLock(folder, self)
          if (own === undefined) return
          most = Math.max(most, ++inside)
          await scheduler.schedule(Promise.resolve())
          inside--
          if (dies) dead.add(self)
          else await releaseLock(folder, own)
        }
        const worker = async (rounds: readonly boolean[], id: number): Promise<void> => {
          for (const [round, dies] of rounds.entries())
            for (let attempt = 0; attempt < ATTEMPTS; attempt++)
              await hold(`${id}.${round}.${attempt}`, dies && attempt > 2)
        }
        await scheduler.waitFor(Promise.all(all.map(worker)))
        expect(most).toBeLessThanOrEqual(1)
        expect([...folder.locks.values()].filter((holder) => !dead.has(holder))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})
