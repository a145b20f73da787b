/** Owns what a server of ours shows beside the engine: accounts, OAuth, pages, documents and status, told by what really runs here. */
import { statfs } from 'node:fs/promises'
import type { Log } from '@towline/base'
import { type Control, type ControlHttp, openControlHttp, type ServerConfig, type StatusCheck } from '@towline/control'
import type { Engine, SiteHandler } from '@towline/engine'
import { LIMITS } from '@towline/protocol'
import { VERSION } from '../version.ts'

export interface SiteOptions {
  /** Of tunnels. */
  readonly domain: string
  readonly control: Control
  readonly log: Log
  /** Folder of the store. */
  readonly dir: string
  readonly config: ServerConfig
  /** Whether the engine answers the way clients come. */
  readonly probe: (engine: Engine, signal: AbortSignal) => Promise<void>
}

/** The engine needs the handler before it listens, the site the engine's addresses after. */
export interface ServerSite {
  readonly handler: SiteHandler
  /** Requests wait for this. */
  open(engine: Engine): ControlHttp
}

export const createSite = (options: SiteOptions): ServerSite => {
  let done: (http: ControlHttp) => void = () => undefined
  const opened = new Promise<ControlHttp>((resolve) => {
    done = resolve
  })
  return {
    handler: (request, response) => void opened.then((http) => http.handle(request, response)),
    open(engine) {
      const http = httpOf(engine, options)
      done(http)
      return http
    },
  }
}

const httpOf = (engine: Engine, options: SiteOptions): ControlHttp => {
  const { control, log, config, domain } = options
  const { plans, turn } = config
  return openControlHttp({
    ...config,
    control,
    publicUrl: engine.openUrl,
    version: VERSION,
    api: { domain, ...(plans && { plans }), ...(turn && { turn }) },
    discovery: {
      files: async () => await (await import('./site-files.ts')).siteFiles(),
      apis: [{ path: '/api/engine', title: 'Engine API', document: () => engine.openApi() }],
      status: {
        checks: checksOf(engine, options),
        clock: Date.now,
        onFailure: (name, error) => log.warn({ err: error, check: name }, 'a status check failed'),
      },
    },
  })
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
