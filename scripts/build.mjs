/** Builds every package with tsc and bundles the command line. */
import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { alone } from './lib/lock.mjs'
import { root, step, tool } from './lib/run.mjs'

const stamp = join(root, 'packages', 'cli', 'dist', '.stamp')

/** Bundles the command line into packages/cli/dist; answers whether it is there now. */
export const bundle = async () => {
  const askedAt = new Date()
  return alone('bundle', async () => {
    // Another process that began after we asked saw the same sources.
    if ((statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0) > askedAt.getTime()) return true
    const startedAt = new Date()
    if (!(await step('bundle', [process.execPath, 'packages/cli/bundle.mjs']))) return false
    mkdirSync(join(stamp, '..'), { recursive: true })
    // The launcher takes files that changed during the bundling for newer than the stamp. It also compares the node.
    writeFileSync(stamp, `${process.env.TOWLINE_NODE ?? ''}\n`)
    utimesSync(stamp, startedAt, startedAt)
    return true
  })
}

/** Compiles and typechecks every package, for those who import them by their published paths. */
export const compile = () =>
  alone('compile', () => step('compile', [tool('tsc'), '-b', '--pretty', 'false', '--checkers', '1']))

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const passed = await Promise.all([compile(), bundle()])
  process.exitCode = passed.includes(false) ? 1 : 0
}
