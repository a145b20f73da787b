/** Makes the checkout ready to run: installs and builds, one process at a time. Called by ./towline when something changed. */
import { mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { install } from './install.mjs'
import { root } from './lib/run.mjs'

const lock = join(root, '.towline', 'ready.lock')
/** A lock this old was left behind by a killed process. */
const STALE_MS = 10 * 60_000

const take = () => {
  mkdirSync(join(root, '.towline'), { recursive: true })
  try {
    mkdirSync(lock)
    return true
  } catch {
    if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > STALE_MS) rmSync(lock, { recursive: true })
    return false
  }
}

while (!take()) await wait(200)
try {
  const passed = (await install()) && (await (await import('./build.mjs')).build())
  process.exitCode = passed ? 0 : 1
} finally {
  rmSync(lock, { recursive: true, force: true })
}
