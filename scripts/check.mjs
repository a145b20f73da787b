/** The quick gate: build, types of tests, lint, format, dead code, published packages, generated files, unit tests. */
import { pathToFileURL } from 'node:url'
import { bundle, compile } from './build.mjs'
import { install } from './install.mjs'
import { step, tool } from './lib/run.mjs'
import { BROKEN, closing, vitest } from './lib/vitest.mjs'

/** What applications install by itself. */
const PUBLISHED = ['protocol', 'base', 'sdk']

/** Steps that only read what was built, so they run at once. */
const STEPS = [
  ['types of tests', tool('tsc'), '-p', 'test', '--pretty', 'false'],
  ['lint', tool('oxlint'), '--type-aware', '--deny-warnings', '.'],
  ['format', tool('biome'), 'format', '--reporter=summary', '.'],
  ['dead code', tool('knip'), '--no-config-hints', '--no-progress'],
  ['generated files', process.execPath, 'scripts/generate.mjs', '--check'],
  ...PUBLISHED.map((room) => [`package ${room}`, tool('publint'), 'run', `packages/${room}`, '--strict']),
]

/** Runs the gate; answers counts, in which each step that failed is a failure beside those of the tests. */
export const check = async () => {
  if (!(await install())) return BROKEN
  const built = await Promise.all([compile(), bundle()])
  const steps = await Promise.all(STEPS.map(([name, ...argv]) => step(name, argv)))
  const unit = await vitest('unit')
  return { ...unit, failed: unit.failed + [...built, ...steps].filter((passed) => !passed).length }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const counts = await check()
  process.stdout.write(`${closing([counts])}\n`)
  process.exitCode = counts.failed > 0 ? 1 : 0
}
