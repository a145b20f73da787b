/** What `npm run test:interop` runs: stock clients that no one here wrote, installed beside their tests. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { install } from './install.mjs'
import { root, step } from './lib/run.mjs'

const folder = join(root, 'test', 'interop')
if (!(await install()) || !(await (await import('./build.mjs')).build())) process.exit(1)
if (existsSync(join(folder, 'package-lock.json'))) {
  const ready = await step('stock clients', ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
  })
  if (!ready) process.exit(1)
}
const { closing, vitest } = await import('./lib/vitest.mjs')
const runs = [await vitest('interop')]
const at = process.argv.indexOf('--counts')
if (at > 0) writeFileSync(process.argv[at + 1], JSON.stringify(runs))
process.stdout.write(`${closing(runs)}\n`)
process.exitCode = runs.some(({ failed }) => failed > 0) ? 1 : 0
