/** The server beside the bytes: cold start with a database, memory once it is used, a list of 100 at 50 requests/s, the token check, and how fast a revocation acts. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runJson } from '../lib/child.mjs'
import { logIn, makeTokens, startServer } from '../lib/control-server.mjs'
import { rssMiB } from '../lib/proc.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const LISTED = 100
const PER_SECOND = 50
const LOAD_MS = 2_500
const GRACE_MS = 15_000

export const control = {
  name: 'control',
  title: `the server: cold start with a database, memory after a login, a page and a call, a list of ${LISTED} at ${PER_SECOND} requests/s, token check, from a revocation to the last end of what was open`,
  alone: true,
  rounds: 3,
  reference: 'towline',
  peers: ['towline'],
  metrics: [
    { key: 'readyMs', unit: 'ready ms', digits: 0 },
    { key: 'usedMiB', unit: 'used MiB', digits: 0 },
    { key: 'listP50', unit: 'list p50 ms', digits: 2 },
    { key: 'listP99', unit: 'p99 ms', digits: 2 },
    { key: 'checkUs', unit: 'check µs', digits: 2 },
    { key: 'boundedUs', unit: 'bounded µs', digits: 2 },
    { key: 'cutMs', unit: 'cut ms', digits: 0 },
    { key: 'failures', unit: 'failed', digits: 0, plain: true },
  ],
  /** One server with an owner and a hundred credentials, whose data the rounds start again. */
  async open() {
    const dir = await mkdtemp(join(tmpdir(), 'towline-bench-'))
    const close = () => rm(dir, { recursive: true, force: true })
    try {
      const server = await startServer(dir)
      try {
        await server.becomeOwner()
        await makeTokens(server, LISTED)
      } finally {
        await server.stop()
      }
      return { dir, close }
    } catch (error) {
      await close()
      throw error
    }
  },
  async measure({ dir }) {
    const server = await startServer(dir)
    try {
      const token = await logIn(server)
      const page = await fetch(`${server.url}/docs`, { headers: { accept: 'text/html' } })
      const url = `${server.url}/api/tokens?projectId=dev&limit=${LISTED}`
      const list = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
      const { credentials } = await list.json()
      if (!page.ok || credentials?.length !== LISTED) throw new Error(`page ${page.status}, list ${list.status}`)
      const [usedMiB] = rssMiB([server.pid])
      const load = await run('../load/paced.mjs', { url, token, perSecond: PER_SECOND, ms: LOAD_MS })
      const check = await run('../micro/token-check.mjs')
      const cut = await run('../micro/revoke.mjs')
      return {
        ...{ readyMs: server.readyMs, usedMiB, listP50: load.p50, listP99: load.p99, failures: load.failures },
        ...{ checkUs: check.plain, boundedUs: check.bounded, cutMs: cut.longest },
      }
    } finally {
      await server.stop()
    }
  },
}

const run = (script, job = {}) =>
  runJson([process.execPath, here(script), JSON.stringify(job)], { ms: LOAD_MS + GRACE_MS })
