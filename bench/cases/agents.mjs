/** `towline mcp serve` as agents have it: its start, a command on a machine, a flood of calls, and the supervisor behind it. */
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findBinary } from '../lib/cache.mjs'
import { startMcp } from '../lib/mcp-client.mjs'
import { startPeer } from '../lib/peer.mjs'
import { loopbackPlace } from '../lib/place.mjs'
import { isAlive, rssMiB } from '../lib/proc.mjs'
import { quantile } from '../lib/stats.mjs'
import { runCommand } from '../load/shell/reach.mjs'
import { openssh } from '../peers/openssh.mjs'
import { CLI } from '../peers/towline.mjs'
import { webttyPeers } from '../peers/webtty.mjs'

const TRUE = { url: 'tow://lab', argv: ['true'] }
const EXECS = 60
const WARM_UP = 10
const CALLS = 1_000
const FLOODS = 3
const SETTLE_MS = 300
const NO_CONTENT = 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'
const SDK = fileURLToPath(new URL('../load/mcp/sdk.mjs', import.meta.url))
const CODEX = findBinary('codex')
const SSH = ['sshd', 'ssh', 'ssh-keygen'].every(findBinary)

const base = { group: 'agents', alone: true, open: openSystem, reference: 'towline' }
const ms = (key, unit, digits = 1) => ({ key, unit: `${unit} ms`, digits })
const plain = (key, unit, digits = 0) => ({ key, unit, digits, plain: true })

export const agentCases = [
  {
    ...base,
    name: 'mcp-start',
    title: 'process started to initialize answered (and what all its threads ran for it), first and second tools/list',
    rounds: 7,
    reference: 'sdk',
    peers: ['sdk', 'towline', ...(CODEX ? ['codex'] : [])],
    metrics: [
      ms('initMs', 'init', 0),
      ms('initCpuMs', 'CPU', 0),
      plain('listMs', 'list ms', 1),
      plain('againMs', 'again ms', 1),
      plain('listKiB', 'list KiB', 1),
      plain('rss', 'RSS MiB'),
    ],
    measure: ({ servers }, name) => withServer(servers[name], measureStart),
  },
  {
    ...base,
    name: 'mcp-exec',
    title: 'true on a machine, one after another: by a tool through the relay, and by ssh on a connection that stands',
    rounds: 3,
    reference: SSH ? 'openssh' : 'towline',
    peers: [...(SSH ? ['openssh'] : []), 'towline'],
    metrics: [ms('p50', 'p50'), ms('p99', 'p99'), plain('coldMs', 'first ms')],
    measure: ({ servers, ssh }, name) =>
      name === 'openssh' ? timeExecs(() => runCommand(ssh, ['true'])) : withServer(servers.towline, measureExec),
  },
  {
    ...base,
    name: 'mcp-flood',
    title: `${CALLS} calls at once: how many were done and how many told to come back, memory before, after, and after ${FLOODS} times that`,
    rounds: 3,
    peers: ['towline'],
    metrics: [
      ms('floodMs', 'flood', 0),
      plain('done', 'done'),
      plain('busy', 'AGENT_BUSY'),
      plain('other', 'other'),
      plain('before', 'RSS MiB'),
      plain('after', 'after'),
      plain('again', 'after again'),
    ],
    measure: ({ servers }) => withServer(servers.towline, measureFlood),
  },
  {
    ...base,
    name: 'mcp-expose',
    title:
      'a port of this machine exposed, with the start of the supervisor and without; memory of that with two tunnels',
    rounds: 3,
    peers: ['towline'],
    metrics: [ms('firstMs', 'first', 0), ms('secondMs', 'second', 0), plain('supervisor', 'supervisor MiB', 1)],
    measure: ({ servers, port, home }) =>
      withServer(servers.towline, (server) => measureExpose(server, { port, home })),
  },
]

/** A relay with a machine, beside a sshd where there is one; and a policy by which agents may do what they like. */
async function openSystem() {
  const opened = []
  const close = async () => {
    for (const each of opened.splice(0).reverse()) await each.stop()
  }
  try {
    const place = loopbackPlace({})
    const start = async (peer) => {
      const face = await startPeer(peer, { kind: 'shell', place })
      opened.push(face)
      return face
    }
    const { shell } = await start(webttyPeers.find(({ name }) => name === 'webtty'))
    const { env } = shell.shared
    await writeFile(join(env.TOWLINE_HOME, 'policy.json'), '{"rules":[{"decision":"allow"}]}', { mode: 0o600 })
    const service = createServer((socket) => socket.on('error', () => {}).end(NO_CONTENT))
    await new Promise((resolve) => service.listen(0, '127.0.0.1', resolve))
    opened.push({ stop: () => new Promise((resolve) => service.close(resolve)) })
    const servers = {
      sdk: { argv: [process.execPath, SDK] },
      towline: { argv: [process.execPath, CLI, 'mcp', 'serve'], env },
      codex: { argv: [CODEX, 'mcp-server'] },
    }
    const home = env.TOWLINE_HOME
    return { servers, home, port: service.address().port, ssh: SSH ? (await start(openssh)).shell.shared : null, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function withServer({ argv, env }, measure) {
  const server = await startMcp(argv, { env })
  try {
    return await measure(server)
  } finally {
    await server.stop()
  }
}

async function measureStart({ initMs, initCpuMs, pid, ask }) {
  const [rss] = rssMiB([pid])
  const [listMs, chars] = await timed(() => listAll(ask))
  const [againMs] = await timed(() => listAll(ask))
  return { initMs, initCpuMs, listMs, againMs, listKiB: chars / 1024, rss }
}

/** Characters of all pages. */
async function listAll(ask) {
  let all = 0
  let cursor
  do {
    const { result, chars } = await ask('tools/list', cursor === undefined ? {} : { cursor })
    all += chars
    cursor = result.nextCursor
  } while (cursor !== undefined)
  return all
}

const measureExec = ({ call }) =>
  timeExecs(async () => {
    const { isError, answer } = await call('towline_webtty_exec', TRUE)
    if (isError) throw new Error(JSON.stringify(answer))
  })

async function timeExecs(run) {
  const [coldMs] = await timed(run)
  for (let time = 0; time < WARM_UP; time += 1) await run()
  const all = []
  for (let time = 0; time < EXECS; time += 1) all.push((await timed(run))[0])
  return { p50: quantile(all, 0.5), p99: quantile(all, 0.99), coldMs }
}

async function measureFlood({ call, pid }) {
  const flood = () => Promise.all(Array.from({ length: CALLS }, () => call('towline_webtty_exec', TRUE)))
  await call('towline_webtty_exec', TRUE)
  const [before] = rssMiB([pid])
  const [floodMs, answers] = await timed(flood)
  await settle()
  const [after] = rssMiB([pid])
  for (let time = 1; time < FLOODS; time += 1) await flood()
  await settle()
  const [again] = rssMiB([pid])
  const done = answers.filter(({ isError }) => !isError).length
  const busy = answers.filter(({ answer }) => answer.error?.code === 'AGENT_BUSY').length
  return { floodMs, done, busy, other: CALLS - done - busy, before, after, again }
}

async function measureExpose({ call }, { port, home }) {
  const ids = []
  const expose = async () => {
    const { isError, answer } = await call('towline_local_tunnel_expose', { port, host: '127.0.0.1' })
    if (isError) throw new Error(JSON.stringify(answer))
    ids.push(answer.cleanupId)
  }
  const [firstMs] = await timed(expose)
  const [secondMs] = await timed(expose)
  await settle()
  const { pid } = JSON.parse(await readFile(join(home, 'local', 'where.json'), 'utf8'))
  const [supervisor] = rssMiB([pid])
  for (const id of ids) await call('towline_local_tunnel_stop', { id })
  // The next round starts it anew.
  process.kill(pid, 'SIGTERM')
  while (isAlive(pid)) await settle()
  return { firstMs, secondMs, supervisor }
}

const settle = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS))

async function timed(run) {
  const at = performance.now()
  const value = await run()
  return [performance.now() - at, value]
}
