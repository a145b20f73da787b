/**
 * Owns installing the stock agents that judge Towline: 760 MB, so once a machine and not once a checkout. `.towline/agents`
 * leads to those that fit the checkout. Only Node built-ins.
 */
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { install } from '../install.mjs'
import { cacheFolder } from './cache-folder.mjs'
import { alone } from './lock.mjs'
import { root } from './run.mjs'

const SOURCE = join(root, 'test', 'interop', 'agents')
const LOCK = 'package-lock.json'
const LINK = join(root, '.towline', 'agents')
const PREFIX = 'agents-'
/** Of other versions that nobody used for this long nothing is kept. */
const KEPT_MS = 30 * 24 * 3_600_000

/** Installs the agents unless TOWLINE_SKIP_AGENTS=1, which skips their tests too; answers whether it went well. */
export const installAgents = async (cache = cacheFolder('towline-interop')) => {
  if (process.env.TOWLINE_SKIP_AGENTS === '1') return true
  const folder = join(cache, `${PREFIX}${versions()}`)
  return alone(
    'agents',
    async () => {
      mkdirSync(folder, { recursive: true })
      for (const file of ['package.json', LOCK]) copyFileSync(join(SOURCE, file), join(folder, file))
      if (!(await install(folder, 'stock agents'))) return false
      utimesSync(folder, new Date(), new Date())
      forgetOld(cache)
      linkTo(folder)
      return true
    },
    cache,
  )
}

const versions = () =>
  createHash('sha256')
    .update(readFileSync(join(SOURCE, LOCK)))
    .digest('hex')
    .slice(0, 16)

const linkTo = (folder) => {
  mkdirSync(dirname(LINK), { recursive: true })
  rmSync(LINK, { force: true })
  symlinkSync(folder, LINK, 'dir')
}

const forgetOld = (cache) => {
  for (const name of readdirSync(cache)) {
    const old = join(cache, name)
    if (name.startsWith(PREFIX) && statSync(old).mtimeMs < Date.now() - KEPT_MS) rmSync(old, { recursive: true })
  }
}
