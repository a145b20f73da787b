/** Starts a peer in front of its own upstream and waits until it answers; one idea of "running" for every case. */
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runJson, startChild, parseJson } from './child.mjs'

const READY_MS = 15_000
const START_MS = 5_000
const load = (name) => fileURLToPath(new URL(`../load/${name}.mjs`, import.meta.url))

/** Kinds of tunnels; a shell is its own service, and its gate waits for it. */
const HAS_UPSTREAM = new Set(['tcp', 'http'])

const folders = new Set()

/** Removes what an interrupted run left; the processes have to be stopped before. */
export function removeFolders() {
  for (const dir of folders) rmSync(dir, { recursive: true, force: true })
  folders.clear()
}

/**
 * Starts upstream and peer. The result has `port`, `hostHeader`, `headers`, `pids` (the relay processes),
 * `job(name, fields, ms)` to run a load process against it, and `stop()`.
 */
export async function startPeer(peer, { kind, place, nodeFlags = [] }) {
  const dir = await mkdtemp(join(tmpdir(), 'towline-bench-'))
  folders.add(dir)
  const started = []
  const stop = async () => {
    await Promise.all(
      started
        .splice(0)
        .reverse()
        .map((child) => child.stop()),
    )
    await rm(dir, { recursive: true, force: true })
    folders.delete(dir)
  }
  try {
    const upstream = HAS_UPSTREAM.has(kind) ? await startUpstream(kind, place, started) : null
    const context = startContext({ dir, kind, place, started, upstreamPort: upstream?.port, nodeFlags })
    const running = { host: place.relayAddress, ...(await peer.start(context)) }
    const face = makeFace(running, { kind, place, dir, stop })
    await face.ready()
    return face
  } catch (error) {
    const said = started
      .map((child) => child.tail().trim().slice(-300))
      .filter(Boolean)
      .join(' | ')
    await stop()
    throw new Error(`${error.message} (${said})`)
  }
}

/**
 * What a descriptor's start() gets: addresses, free ports, a temporary folder, `spawn(side, argv)` and
 * `listening(port)`, which waits until the relay side accepts there.
 */
function startContext({ dir, kind, place, started, upstreamPort, nodeFlags }) {
  return {
    ...{ dir, kind, upstreamPort, nodeFlags, freePort },
    relayAddress: place.relayAddress,
    hostAddress: place.hostAddress,
    listening(port, host = place.relayAddress) {
      const job = JSON.stringify({ port, host, ms: START_MS })
      return runJson(place.argv('load', [process.execPath, load('listening'), job]), { ms: 2 * START_MS })
    },
    spawn(side, argv, options) {
      const child = startChild(place.argv(side, argv), { cwd: dir, ...options })
      started.push(child)
      return child
    },
  }
}

function makeFace(running, { kind, place, dir, stop }) {
  const target = {
    kind,
    port: running.port,
    host: running.host,
    hostHeader: running.hostHeader,
    headers: running.headers,
    shell: running.shell,
  }
  const job = (name, fields, ms) =>
    runJson(place.argv('load', [process.execPath, load(name), JSON.stringify({ ...target, ...fields })]), { ms })
  return {
    ...running,
    dir,
    place,
    job,
    start: (name, fields) =>
      startChild(place.argv('load', [process.execPath, load(name), JSON.stringify({ ...target, ...fields })])),
    ready: () => (HAS_UPSTREAM.has(kind) ? job('ready', { ms: READY_MS }, READY_MS + START_MS) : undefined),
    stop,
  }
}

async function startUpstream(kind, place, started) {
  const address = place.relayAddress === place.hostAddress ? '127.0.0.1' : '0.0.0.0'
  const child = startChild(place.argv('service', [process.execPath, load(`${kind}-upstream`), address]))
  started.push(child)
  return child.line(parseJson, START_MS)
}

/** A port that was free a moment ago on loopback. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
