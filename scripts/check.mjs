/** The quick gate: build, types of tests, lint, format, dead code, generated files, unit tests. `--counts FILE` keeps the counts. */
import { writeFileSync } from 'node:fs'
import { build } from './build.mjs'
import { install } from './install.mjs'
import { step, tool } from './lib/run.mjs'
import { closing, vitest } from './lib/vitest.mjs'

if (!(await install()) || !(await build())) process.exit(1)
const steps = await Promise.all([
  step('types of tests', [tool('tsc'), '-p', 'test', '--pretty', 'false']),
  step('lint', [tool('oxlint'), '--type-aware', '--deny-warnings', '.']),
  step('format', [tool('biome'), 'format', '--max-diagnostics=20', '.']),
  step('dead code', [tool('knip')]),
  step('generated files', [process.execPath, 'scripts/generate.mjs', '--check']),
])
const unit = await vitest('unit')
const counts = { ...unit, failed: unit.failed + steps.filter((passed) => !passed).length }
const at = process.argv.indexOf('--counts')
if (at > 0) writeFileSync(process.argv[at + 1], JSON.stringify(counts))
else process.stdout.write(`${closing([counts])}\n`)
process.exitCode = counts.failed > 0 ? 1 : 0
