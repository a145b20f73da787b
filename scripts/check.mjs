/** The quick gate: build, types of tests, lint, format, dead code, published packages, generated files, unit tests. */
import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import { bundle, compile } from './build.mjs'
import { install } from './install.mjs'
import { step, tool } from './lib/run.mjs'
import { BROKEN, closing, vitest } from './lib/vitest.mjs'

/** What applications install by itself. */
const PUBLISHED = ['protocol', 'base', 'sdk']

/** Steps that only read what was built. One checker: more of them check the same types again, each for itself. */
const STEPS = [
  ['types of tests', tool('tsc'), '-p', 'test', '--pretty', 'false', '--checkers', '1'],
  ['lint', tool('oxlint'), '--type-aware', '--deny-warnings', '.'],
  ['dead code', tool('knip'), '--no-config-hints', '--no-progress'],
  ['format', tool('biome'), 'format', '--reporter=summary', '.'],
  ['generated files', process.execPath, 'scripts/generate.mjs', '--check'],
  ...PUBLISHED.map((room) => [`package ${room}`, tool('publint'), 'run', `packages/${room}`, '--strict']),
]

/** So many steps at once; the unit tests run beside them and use every processor. */
const LANES = Math.max(1, availableParallelism() - 1)

/** Runs the gate; answers counts, in which each step that failed is a failure beside those of the tests. */
export const check = async () => {
  if (!(await install())) return BROKEN
  // The tests read sources and need nothing that is built.
  const [unit, passed] = await Promise.all([vitest('unit'), readings()])
  return { ...unit, failed: unit.failed + passed.filter((one) => !one).length }
}

const readings = async () => {
  const built = [await compile(), await bundle()]
  const waiting = [...STEPS]
  const lane = async () => {
    const passed = []
    for (let next = waiting.shift(); next; next = waiting.shift()) passed.push(await step(next[0], next.slice(1)))
    return passed
  }
  return [...built, ...(await Promise.all(Array.from({ length: LANES }, lane))).flat()]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const counts = await check()
  process.stdout.write(`${closing([counts])}\n`)
  process.exitCode = counts.failed > 0 ? 1 : 0
}
