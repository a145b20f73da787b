/** Owns what a server of ours shows beside the engine: pages, documents and status, told by what really runs here. */
import { statfs } from 'node:fs/promises'
import { type Log, newId } from '@towline/base'
import type { getRequestListener } from '@hono/node-server'
import { type Control, discoveryApp, problem, type StatusCheck } from '@towline/control'
import type { Engine, SiteHandler } from '@towline/engine'
import { AppError, LIMITS } from '@towline/protocol'
import { VERSION } from '../version.ts'

export interface SiteOptions {
  readonly control: Control
  readonly log: Log
  /** Folder of the store. */
  readonly dir: string
  /** Whether the engine answers the way clients come. */
  readonly probe: (engine: Engine, signal: AbortSignal) => Promise<void>
}

/** The engine needs the handler before it listens, the site the engine's addresses after. */
export interface ServerSite {
  readonly handler: SiteHandler
  /** Requests wait for this. */
  open(engine: Engine): void
}

export const createSite = (options: SiteOptions): ServerSite => {
  let open: (engine: Engine) => void = () => undefined
  const app = new Promise<Engine>((done) => {
    open = done
  }).then((engine) => appOf(engine, options))
  return { handler: listenWith(app), open }
}

/** The libraries are loaded by the first request. */
const listenWith = (app: Promise<ReturnType<typeof appOf>>): SiteHandler => {
  let listener: Promise<ReturnType<typeof getRequestListener>> | undefined
  const load = async () => (await import('@hono/node-server')).getRequestListener((await app).fetch)
  return (request, response) => {
    listener ??= load()
    listener.then((listen) => listen(request, response)).catch(() => response.destroy())
  }
}

const appOf = (engine: Engine, options: SiteOptions) => {
  const { log } = options
  const app = discoveryApp({
    publicUrl: () => engine.openUrl,
    version: VERSION,
    files: async () => await (await import('./site-files.ts')).siteFiles(),
    apis: [{ path: '/api/engine', title: 'Engine API', document: () => engine.openApi() }],
    status: {
      checks: checksOf(engine, options),
      clock: Date.now,
      onFailure: (name, error) => log.warn({ err: error, check: name }, 'a status check failed'),
    },
  })
  app.onError((error) => {
    const id = newId('err')
    log.error({ err: error, id }, 'a page met an error of ours')
    return problem(new AppError('INTERNAL', { id }))
  })
  return app
}

const checksOf = (engine: Engine, { control, dir, probe }: SiteOptions): readonly StatusCheck[] => [
  { name: 'store', vital: true, run: () => control.check() },
  { name: 'relay', vital: true, run: (signal) => probe(engine, signal) },
  { name: 'disk', vital: false, run: () => requireRoom(dir) },
]

const requireRoom = async (dir: string): Promise<void> => {
  const { bavail, bsize } = await statfs(dir)
  if (bavail * bsize < LIMITS.statusDiskBytes) throw new Error(`${bavail * bsize} bytes are left beside ${dir}`)
}
