/** The product: `towline up` and `towline forward` as two processes, over a plain or a TLS link. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseJson } from '../lib/child.mjs'

/** Another build to measure, for a comparison of two; default this checkout's. */
export const CLI =
  process.env.TOWLINE_BENCH_CLI || fileURLToPath(new URL('../../packages/cli/dist/towline.js', import.meta.url))
const LAUNCHER = fileURLToPath(new URL('../../towline', import.meta.url))
const UP_MS = 20_000
export const ONLINE_MS = 20_000

/** What the caller's shell may have set for its own use. */
const NO_SETTINGS = {
  TOWLINE_URL: '',
  TOWLINE_TOKEN: '',
  TOWLINE_TOKEN_FILE: '',
  TOWLINE_CONTEXT: '',
  TOWLINE_CA_FILE: '',
}

/** One row a variant: kind of tunnel, link, and how the command is started. */
export const towlinePeers = [
  variant('towline', { kind: 'tcp', link: 'plain' }),
  variant('towline-tls', { kind: 'tcp', link: 'tls' }),
  variant('towline-http', { kind: 'http', link: 'plain' }),
  variant('towline-http-tls', { kind: 'http', link: 'tls' }),
  variant('towline-http-token', { kind: 'http', link: 'plain', token: true }),
  variant('towline-launcher', { kind: 'http', link: 'tls', launcher: true }),
]

function variant(name, options) {
  return {
    name,
    kinds: [options.kind],
    needs: [],
    missing: () =>
      [CLI, ...(options.launcher ? [LAUNCHER] : [])].find((file) => !existsSync(file)) && 'run npm run build',
    version: [process.execPath, CLI, '--version'],
    start: (context) => startTowline(context, options),
  }
}

/** `towline up` on a folder of its own, whose context stands in it: { relay, env, token }. `link` is plain or tls. */
export async function startRelay(context, { link }) {
  const home = join(context.dir, 'home')
  await mkdir(home)
  const env = { ...NO_SETTINGS, TOWLINE_HOME: home }
  const listen = `${context.relayAddress}:${await context.freePort()}`
  const up = ['up', '--data', join(home, 'data'), '--listen', listen, '-o', 'json']
  const relay = context.spawn('relay', node(context, up), { env })
  await relay.line((line) => status(line, 'ready'), UP_MS)
  const { token } = await setLink(join(home, 'contexts.json'), { link, listen })
  return { relay, env, token }
}

async function startTowline(context, options) {
  const { relay, env, token } = await startRelay(context, options)
  const argv = options.launcher ? [LAUNCHER, ...forward(context, options)] : node(context, forward(context, options))
  const restart = () => context.spawn('host', argv, { env })
  const host = restart()
  const { url } = await host.line((line) => status(line, 'online'), ONLINE_MS)
  const headers = options.token ? [`Authorization: Bearer ${token}`] : []
  return { ...target(url, context), headers, pids: [relay.pid, host.pid], hostSide: { child: host, restart } }
}

/** The command with the flags of node that a profile asks for. */
export const node = ({ nodeFlags }, words) => [process.execPath, ...nodeFlags, CLI, ...words]

function forward({ upstreamPort }, { kind, token }) {
  const edge = kind === 'tcp' ? ['--tcp'] : token ? ['--token-auth'] : []
  return ['forward', `${upstreamPort}`, '--name', 'web', ...edge, '-o', 'json']
}

/** The object of a line that has this status, or null. Throws what an error says. */
export function status(line, wanted) {
  const object = parseJson(line)
  if (object?.status === 'error') throw new Error(line)
  return object?.status === wanted ? object : null
}

/** `tcp://host:port` or `http://web.project.localhost:port`; the relay listens on one address for both. */
function target(url, { relayAddress }) {
  const { host, port } = new URL(url)
  return { host: relayAddress, port: Number(port), hostHeader: host }
}

/** A plain link is a context whose url is http; the engine takes it from loopback only. Resolves with the context. */
async function setLink(file, { link, listen }) {
  const contexts = JSON.parse(await readFile(file, 'utf8'))
  const context = findContext(contexts)
  if (link === 'plain') {
    context.url = `http://${listen}`
    delete context.ca
    await writeFile(file, JSON.stringify(contexts), { mode: 0o600 })
  }
  return context
}

/** The first object inside the file that holds a token. */
function findContext(value) {
  if (value === null || typeof value !== 'object') return null
  if (typeof value.token === 'string') return value
  return Object.values(value).map(findContext).find(Boolean) ?? null
}
