/** Builds every package with tsc and bundles the command line. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, step, tool } from './lib/run.mjs'

/** Answers whether both passed; leaves a stamp that the launcher compares with the sources. */
export const build = async () => {
  const passed = await Promise.all([
    step('build', [tool('tsc'), '-b', '--pretty', 'false']),
    step('bundle', [process.execPath, 'packages/cli/bundle.mjs']),
  ])
  if (passed.includes(false)) return false
  writeFileSync(join(root, 'packages', 'cli', 'dist', '.stamp'), '')
  return true
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = (await build()) ? 0 : 1
