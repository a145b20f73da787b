/** Installs what the checkout needs, when package-lock.json changed since the last time. Only Node built-ins; nothing on stdout. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, step } from './lib/run.mjs'

const lock = join(root, 'package-lock.json')
const stamp = join(root, 'node_modules', '.towline-install')

const wanted = () => createHash('sha256').update(readFileSync(lock)).update(process.version).digest('hex')

/** True when node_modules fits the lock file. */
export const installed = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted()

/** Installs when needed; answers whether it is installed now. */
export const install = async () => {
  if (installed()) return true
  process.stderr.write('installing packages (once)\n')
  const passed = await step('install', ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'])
  if (!passed) return false
  mkdirSync(join(root, 'node_modules'), { recursive: true })
  writeFileSync(stamp, wanted())
  return true
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = (await install()) ? 0 : 1
