/** Proves that no bytes make a mux throw, hang, or keep memory. FUZZ_FRAMES asks for a longer run (`npm run fuzz`). */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { fuzzRound, seeded } from '../../test/mux-fuzz.ts'

const FRAMES = Number(process.env['FUZZ_FRAMES'] ?? 20_000)
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const heapBytes = (): number => {
  collect()
  return process.memoryUsage().heapUsed
}

/** Runs rounds until `frames` were broken; the seed of a failing round is in the error. */
const fuzz = (frames: number, firstSeed: number, problems: Map<string, number>): number => {
  let seed = firstSeed
  for (let done = 0; done < frames; seed++) {
    try {
      const { mutated, problem } = fuzzRound(seeded(seed))
      done += mutated
      if (problem) problems.set(kind(problem), (problems.get(kind(problem)) ?? 0) + 1)
    } catch (error) {
      throw new Error(`FUZZ_SEED=${seed}`, { cause: error })
    }
  }
  return seed
}

const kind = (problem: string): string => problem.replace(/\d+/g, 'N').replace(/^(open|hello)\..*/, '$1.*')

describe('mux fuzz', () => {
  it(
    `survives ${FRAMES} broken frames without a throw, a hang or growth`,
    () => {
      verifies('link.spec', 'link.mux')
      const problems = new Map<string, number>()
      const warm = fuzz(FRAMES / 10, SEED, problems)
      const before = heapBytes()
      fuzz(FRAMES - FRAMES / 10, warm, problems)
      expect(heapBytes() - before).toBeLessThan(8 * 1024 * 1024)
      if (process.env['FUZZ_FRAMES']) process.stderr.write(`${JSON.stringify(Object.fromEntries(problems), null, 2)}\n`)
      expect([...problems.keys()]).toEqual(
        expect.arrayContaining([
          'more data than was granted',
          'an unknown frame type N',
          'a frame of N bytes',
          'an open of stream N',
          'data for stream N, which was never opened',
          'a payload that is not JSON in UTF-N',
        ]),
      )
    },
    30 * 60_000,
  )
})
