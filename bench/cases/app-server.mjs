/** `towline app-server` beside the one of stock Codex: its start, how fast it tells, what it weighs, and a greedy client. */
import { fork, spawn } from 'node:child_process'
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { connectApp } from '../lib/app-client.mjs'
import { cacheDir, findBinary } from '../lib/cache.mjs'
import { rssMiB } from '../lib/proc.mjs'
import { quantile } from '../lib/stats.mjs'
import { CLI } from '../peers/towline.mjs'

const CODEX = findBinary('codex')
const MODEL = fileURLToPath(new URL('../load/app-server/model.mjs', import.meta.url))
const GREEDY = fileURLToPath(new URL('../load/app-server/greedy.mjs', import.meta.url))
const READY_MS = 30_000
const LOOK_MS = 2
const SETTLE_MS = 1_000
const STOP_MS = 5_000
const HELLOS = 50
const DELTAS = 20_000
const DELTA_BYTES = 20
const READERS = 10
const FLOOD = 5_000

const base = { group: 'app-server', alone: true, open: openHomes, reference: CODEX ? 'codex' : 'towline' }
const peers = [...(CODEX ? ['codex'] : []), 'towline']
const plain = (key, unit, digits = 0) => ({ key, unit, digits, plain: true })

export const appServerCases = [
  {
    ...base,
    name: 'app-start',
    title: 'process started to /readyz, the first and a warm initialize (median of 50), memory idle',
    rounds: 7,
    peers,
    metrics: [
      { key: 'readyMs', unit: 'ready ms', digits: 0 },
      plain('firstMs', 'first ms', 1),
      { key: 'helloMs', unit: 'warm ms', digits: 2 },
      { key: 'rss', unit: 'RSS MiB', digits: 0 },
    ],
    measure: (opened, name) => withServer(opened[name], measureStart),
  },
  {
    ...base,
    name: 'app-notify1',
    title: `${DELTAS} deltas of ${DELTA_BYTES} bytes to one reader`,
    rounds: 5,
    peers,
    metrics: [{ key: 'rate', unit: 'deltas/s', digits: 0 }, plain('heard', 'messages'), plain('rss', 'RSS MiB')],
    measure: (opened, name) => withServer(opened[name], (server) => measureTold(server, 1)),
  },
  {
    ...base,
    name: 'app-notify10',
    title: `${DELTAS} deltas of ${DELTA_BYTES} bytes to ${READERS} readers, of all of them together`,
    rounds: 5,
    peers,
    metrics: [{ key: 'rate', unit: 'deltas/s', digits: 0 }, plain('heard', 'messages'), plain('rss', 'RSS MiB')],
    measure: (opened, name) => withServer(opened[name], (server) => measureTold(server, READERS)),
  },
  {
    ...base,
    name: 'app-stalled',
    title: `one reader stalls while ${3 * DELTAS} deltas are told: memory before and after, and what it still hears`,
    rounds: 3,
    peers,
    metrics: [
      plain('before', 'RSS MiB'),
      { key: 'after', unit: 'RSS MiB after', digits: 0 },
      plain('heard', 'heard'),
      plain('open', 'still open'),
    ],
    measure: (opened, name) => withServer(opened[name], measureStalled),
  },
  {
    ...base,
    name: 'app-crowd',
    title: `${FLOOD} requests sent at once by one client: how many failed, how long; a second client meanwhile`,
    rounds: 5,
    peers,
    metrics: [
      { key: 'floodMs', unit: 'flood ms', digits: 0 },
      plain('errors', '-32001'),
      plain('others', 'other requests'),
      plain('otherP99', 'other p99 ms', 1),
      plain('otherMax', 'other max ms', 1),
    ],
    measure: (opened, name) => withServer(opened[name], measureCrowd),
  },
]

/** A home for each, and a model that both ask. CODEX_HOME may not lie below the temp folder. */
async function openHomes() {
  const root = join(cacheDir(), 'app-server')
  await mkdir(root, { recursive: true })
  const dir = await mkdtemp(join(root, 'run-'))
  const model = spawn(process.execPath, [MODEL], { stdio: ['ignore', 'pipe', 'inherit'] })
  const { port } = JSON.parse(await firstLine(model))
  const homeOf = async (name) => {
    const home = join(dir, name)
    await mkdir(home)
    await writeFile(join(home, 'config.toml'), configOf(port))
    return home
  }
  const env = { PATH: process.env.PATH, HOME: dir, TMPDIR: join(dir, 'tmp'), TOWLINE_HOME: join(dir, 'state') }
  await mkdir(env.TMPDIR)
  const [codex, towline] = [await homeOf('codex'), await homeOf('towline')]
  const listen = ['app-server', '--listen']
  return {
    codex: { argv: [CODEX, ...listen], env: { ...env, CODEX_HOME: codex }, dir },
    towline: { argv: [process.execPath, CLI, ...listen], more: ['--home', towline], env, dir },
    close: async () => {
      model.kill()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

const configOf = (port) => `
model = "fake-model"
model_provider = "fake"
check_for_update_on_startup = false
[model_providers.fake]
name = "fake"
base_url = "http://127.0.0.1:${port}/v1"
wire_api = "responses"
requires_openai_auth = false
supports_websockets = false
`

async function withServer({ argv, more = [], env, dir }, measure) {
  const port = await freePort()
  const url = `ws://127.0.0.1:${port}`
  const startedAt = performance.now()
  const child = spawn(argv[0], [...argv.slice(1), url, ...more], {
    env,
    cwd: dir,
    stdio: 'ignore',
  })
  const gone = new Promise((resolve) => child.once('close', resolve))
  const clients = []
  try {
    await untilReady(port, child)
    const connect = async () => {
      const client = await connectApp(url)
      clients.push(client)
      return client
    }
    return await measure({ pid: child.pid, readyMs: performance.now() - startedAt, connect, dir, url })
  } finally {
    for (const client of clients) await client.close()
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await gone
    clearTimeout(timer)
  }
}

async function untilReady(port, child) {
  const until = performance.now() + READY_MS
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null)
    if (answer?.status === 200) return
    if (child.exitCode !== null || performance.now() > until) throw new Error('the app-server is not ready')
    await wait(LOOK_MS)
  }
}

async function measureStart({ pid, readyMs, connect }) {
  const [firstMs] = await timed(connect)
  const all = []
  for (let n = 0; n < HELLOS; n += 1) all.push(await helloMs(connect))
  await wait(SETTLE_MS)
  return { readyMs, firstMs, helloMs: quantile(all, 0.5), rss: rssMiB([pid])[0] }
}

/** From `initialize` to its answer, on a connection that is open. */
async function helloMs(connect) {
  const client = await connect()
  await client.close()
  return client.helloMs
}

const THREAD = (dir) => ({ cwd: dir, sandbox: 'read-only', approvalPolicy: 'never' })
const turnOf = (threadId, deltas) => ({
  threadId,
  input: [{ type: 'text', text: `deltas=${deltas} bytes=${DELTA_BYTES}`, text_elements: [] }],
})

async function beginThread(client, dir) {
  const { result } = await client.ask('thread/start', THREAD(dir))
  const threadId = result.thread.id
  const done = client.until('turn/completed')
  await client.ask('turn/start', turnOf(threadId, 1))
  await done
  return threadId
}

async function measureTold({ pid, connect, dir }, count) {
  const first = await connect()
  const threadId = await beginThread(first, dir)
  const readers = [first]
  while (readers.length < count) {
    const reader = await connect()
    await reader.ask('thread/resume', { threadId })
    readers.push(reader)
  }
  const before = readers.reduce((sum, { heard }) => sum + heard, 0)
  const ends = readers.map((reader) => reader.until('turn/completed'))
  const [ms] = await timed(async () => {
    await first.ask('turn/start', turnOf(threadId, DELTAS))
    await Promise.all(ends)
  })
  const heard = readers.reduce((sum, reader) => sum + reader.heard, 0) - before
  return { rate: (DELTAS * count * 1000) / ms, heard, rss: rssMiB([pid])[0] }
}

async function measureStalled({ pid, connect, dir }) {
  const [reader, stalled] = [await connect(), await connect()]
  const threadId = await beginThread(reader, dir)
  await stalled.ask('thread/resume', { threadId })
  stalled.socket.pause()
  const [before] = rssMiB([pid])
  for (let n = 0; n < 3; n += 1) {
    const end = reader.until('turn/completed')
    await reader.ask('turn/start', turnOf(threadId, DELTAS))
    await end
  }
  await wait(SETTLE_MS)
  const [after] = rssMiB([pid])
  stalled.socket.resume()
  await wait(SETTLE_MS)
  return { before, after, heard: stalled.heard, open: stalled.socket.readyState === stalled.socket.OPEN ? 1 : 0 }
}

async function measureCrowd({ connect, url }) {
  const other = await connect()
  const method = 'thread/loaded/list'
  await other.ask(method)
  const greedy = fork(GREEDY, [url, method, String(FLOOD)])
  const next = () => new Promise((resolve, reject) => greedy.once('message', resolve).once('exit', reject))
  await next()
  const others = []
  let isOver = false
  const beside = (async () => {
    while (!isOver) others.push((await timed(() => other.ask(method)))[0])
  })()
  const over = next()
  greedy.send('begin')
  const { floodMs, errors } = await over
  isOver = true
  await beside
  return { floodMs, errors, others: others.length, otherP99: quantile(others, 0.99), otherMax: Math.max(...others) }
}

async function firstLine(child) {
  for await (const line of createInterface({ input: child.stdout })) return line
  throw new Error('the model did not start')
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function timed(run) {
  const at = performance.now()
  const value = await run()
  return [performance.now() - at, value]
}
