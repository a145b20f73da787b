/** Installs what the checkout needs, when package-lock.json changed since the last time. Only Node built-ins; nothing on stdout. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { alone } from './lib/lock.mjs'
import { root, step } from './lib/run.mjs'

/** Nothing we use needs an install script, so none is run. */
const NPM_CI = ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund']

const fits = (folder) => {
  const stamp = stampOf(folder)
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted(folder)
}

const stampOf = (folder) => join(folder, 'node_modules', '.towline-install')
const wanted = (folder) =>
  createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex')

/** Installs the packages of `folder` when node_modules does not fit its lock file; answers whether it fits now. */
export const install = async (folder = root, name = 'packages') => {
  if (fits(folder)) return true
  return alone('install', async () => {
    if (fits(folder)) return true
    process.stderr.write(`     installing ${name}, once\n`)
    if (!(await step(`install ${name}`, NPM_CI, { cwd: folder }))) return false
    writeFileSync(stampOf(folder), wanted(folder))
    return true
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = (await install()) ? 0 : 1
