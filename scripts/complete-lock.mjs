/**
 * Completes a package-lock.json with packages of other platforms that the registry in use did not have: `npm ci` refuses a
 * lock without them. `node scripts/complete-lock.mjs [FOLDER]`, after `npm install` against such a registry.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { root } from './lib/run.mjs'

const PLATFORM =
  /(?<os>aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-(?<cpu>[a-z0-9]+)(?:-(?<abi>[a-z0-9]+))?$/
/** Only Linux packages differ by C library. */
const LIBC = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' }

const file = join(resolve(process.argv[2] ?? root), 'package-lock.json')
const lock = JSON.parse(readFileSync(file, 'utf8'))

/** What npm writes for a package it did not install, without the digest: the registry that has it is asked for that. */
const entry = ({ dev }, version, { os, cpu, abi }) => ({
  version,
  cpu: [cpu],
  ...(dev && { dev }),
  ...(LIBC[abi] && { libc: [LIBC[abi]] }),
  optional: true,
  os: [os],
})

const added = {}
for (const user of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(user.optionalDependencies ?? {})) {
    const platform = PLATFORM.exec(name)?.groups
    const path = `node_modules/${name}`
    if (platform && !lock.packages[path] && /^\d/.test(version)) added[path] = entry(user, version, platform)
  }
}
const packages = { ...lock.packages, ...added }
lock.packages = Object.fromEntries(
  Object.keys(packages)
    .toSorted()
    .map((path) => [path, packages[path]]),
)
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
process.stderr.write(`${Object.keys(added).length} packages of other platforms added to ${file}\n`)
