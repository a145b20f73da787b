/** What `npm test` runs: the quick gate and the system tests. `--counts FILE` keeps the counts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { root } from './lib/run.mjs'

const folder = mkdtempSync(join(tmpdir(), 'towline-test-'))
const file = join(folder, 'check.json')
spawnSync(process.execPath, ['scripts/check.mjs', '--counts', file], { cwd: root, stdio: 'inherit' })
const check = (() => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
})()
rmSync(folder, { recursive: true, force: true })
const { closing, vitest } = await import('./lib/vitest.mjs')
const runs = [check, await vitest('system')]
const at = process.argv.indexOf('--counts')
if (at > 0) writeFileSync(process.argv[at + 1], JSON.stringify(runs))
process.stdout.write(`${closing(runs)}\n`)
process.exitCode = runs.some(({ failed }) => failed > 0) ? 1 : 0
