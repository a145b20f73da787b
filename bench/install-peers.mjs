/** Builds the optional peers (rathole, bore, frp, chisel) into the bench cache with the machine's own cargo and go. */
import { spawn } from 'node:child_process'
import { chmod, cp, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cacheDir, findBinary } from './lib/cache.mjs'

const BUILD_TIMEOUT_MS = 20 * 60_000

/** One row a peer: the tool it is built with, the binaries it must leave in the cache, and how. */
const RECIPES = [
  {
    name: 'rathole',
    tool: 'cargo',
    binaries: ['rathole'],
    build: () => cargo(['rathole', '--version', '0.5.0', ...RATHOLE]),
  },
  { name: 'bore', tool: 'cargo', binaries: ['bore'], build: () => cargo(['bore-cli']) },
  { name: 'chisel', tool: 'go', binaries: ['chisel'], build: () => goInstall('github.com/jpillora/chisel@v1.11.5') },
  { name: 'frp', tool: 'go', binaries: ['frps', 'frpc'], build: () => frp('github.com/fatedier/frp@v0.70.1') },
]
/** Without --locked (its lock file names crates that new compilers refuse) and without TLS, which the plain rows do not use. */
const RATHOLE = ['--no-default-features', '--features', 'server,client,hot-reload']
const CACHE = cacheDir()
const BIN = join(CACHE, 'bin')

async function main(names) {
  await mkdir(BIN, { recursive: true })
  for (const recipe of RECIPES.filter((row) => names.length === 0 || names.includes(row.name))) {
    console.log(`${recipe.name}: ${await install(recipe)}`)
  }
}

async function install(recipe) {
  if (recipe.binaries.every((binary) => findBinary(binary))) return 'already there'
  if (!findBinary(recipe.tool)) return `skipped, ${recipe.tool} is not installed`
  try {
    await recipe.build()
    return `installed in ${BIN}`
  } catch (error) {
    return `failed: ${error.message}`
  }
}

const cargo = (args) => run('cargo', ['install', ...args, '--root', CACHE, '--target-dir', join(CACHE, 'target')])
const goInstall = (module) => run('go', ['install', module], { env: { GOBIN: BIN } })

/** frp's go.mod has a `replace`, which `go install` refuses; the module is copied and built in place, without its web pages. */
async function frp(module) {
  const { Dir: source } = JSON.parse(await run('go', ['mod', 'download', '-json', module], { cwd: CACHE }))
  const copy = join(CACHE, 'src', 'frp')
  await rm(copy, { recursive: true, force: true })
  await mkdir(dirname(copy), { recursive: true })
  await cp(source, copy, { recursive: true })
  await run('chmod', ['-R', 'u+w', copy])
  for (const binary of ['frps', 'frpc']) {
    await run('go', ['build', '-trimpath', '-tags', `${binary},noweb`, '-o', join(BIN, binary), `./cmd/${binary}`], {
      cwd: copy,
    })
    await chmod(join(BIN, binary), 0o755)
  }
}

/** Runs one command to its end; resolves with stdout, rejects with the tail of stderr. */
function run(command, args, { cwd, env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: BUILD_TIMEOUT_MS,
    })
    let out = ''
    let tail = ''
    child.stdout.on('data', (text) => (out += text))
    child.stderr.on('data', (text) => (tail = (tail + text).slice(-2000)))
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`${command} ${args[0]}: ${tail.trim()}`)),
    )
  })
}

await main(process.argv.slice(2))
