/** Owns composing a whole server in this process: the control room, the engine over it, and an owner for the project. */
import { existsSync } from 'node:fs'
import { Closer, hostPort, listenBytes, type Log } from '@towline/base'
import { type Control, limitsWith, openControl, type ServerConfig } from '@towline/control'
import { type Engine, openEngine } from '@towline/engine'
import { type Context, type Env, readContexts, saveContext } from '@towline/operations'
import { AppError, LIMITS, parseServerUrl } from '@towline/protocol'
import { VERSION } from '../version.ts'
import { probeHealth } from './health.ts'
import { createSite } from './site.ts'

export interface ServerOptions {
  readonly env: Env
  readonly log: Log
  /** Folder of the store and the keys; made when absent. */
  readonly dir: string
  /** URL of a PostgreSQL database; absent means the embedded store in `dir`. */
  readonly database?: string | undefined
  readonly listen: { readonly host: string; readonly port: number }
  readonly domain: string
  readonly publicUrl?: string | undefined
  /** Slug of the project to make ready. */
  readonly project: string
  /** Files; absent means certificates of a development CA in the data folder. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  /** What else the operator says. */
  readonly config?: ServerConfig | undefined
  readonly signal: AbortSignal
}

/** A server that answers. */
export interface Server {
  /** Of links and API, always TLS. */
  readonly url: string
  /** For people and scripts that do not know the CA. */
  readonly openUrl: string
  readonly host: string
  readonly port: number
  readonly context: Context
  /** The one-time link that makes the first owner; absent when there is one. */
  readonly setupUrl: string | undefined
  close(): Promise<void>
}

/** The context that `towline up` leaves behind. */
const LOCAL_CONTEXT = 'local'

/**
 * Resolves when everything answers; the context is written last, so a start that fails leaves none behind. Throws
 * ALREADY_RUNNING, DATA_NEWER, DATABASE_UNREACHABLE, PORT_IN_USE, PORT_FORBIDDEN or SERVER_UNREACHABLE.
 */
export const openServer = async (options: ServerOptions): Promise<Server> => {
  const { env, log, signal, dir, database, config = {} } = options
  const closer = new Closer()
  try {
    if (!existsSync(dir)) await requireFree(options.listen)
    const control = await openControl({ dir, database, log, limits: limitsWith(config, LIMITS) })
    closer.add(() => control.close())
    const site = createSite({
      control,
      log,
      domain: options.domain,
      dir,
      config,
      probe: (at, within) => probeHealth(probedBy(at, within)),
    })
    const engine = await openEngine({ ...engineOptions(options), authority: control.authority, site: site.handler })
    closer.add(() => engine.close())
    const opened = site.open(engine)
    const { url, openUrl, ca } = engine
    await probeHealth(probedBy(engine, signal))
    const token = await ownerToken(control, options)
    const context = { name: LOCAL_CONTEXT, url, project: options.project, token, ...(ca === undefined ? {} : { ca }) }
    const setupUrl = await opened.setupUrl()
    await saveContext(env, context)
    return { url, openUrl, host: engine.host, port: engine.port, context, setupUrl, close: () => closer.close() }
  } catch (error) {
    await closer.close()
    throw error
  }
}

/** The store comes before the port, so a first start on a taken port would leave a store behind. */
const requireFree = async (listen: ServerOptions['listen']): Promise<void> => {
  const server = await listenBytes({ ...listen, onConnection: (socket) => socket.reset() })
  await server.close()
}

const engineOptions = ({ log, listen, domain, publicUrl, project, tls, dir }: ServerOptions) => ({
  log,
  limits: LIMITS,
  listen,
  domain,
  version: VERSION,
  projects: [project],
  ...(publicUrl === undefined ? {} : { publicUrl }),
  tls: tls ?? { dir },
})

const probedBy = (engine: Engine, signal: AbortSignal) => ({ url: probed(engine), ca: engine.ca, signal })

/** Clients pin our CA, so the way of clients is proven; a URL of the world outside may not lead here from here. */
const probed = ({ url, host, port, ca }: Engine): string => {
  if (ca !== undefined && parseServerUrl(url).loopback) return url
  const own = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${hostPort(own, port)}`
}

/** The owner's token of the context when it is still good here, so that names keep their owner; else a new one. */
const ownerToken = async (control: Control, { env, project }: ServerOptions): Promise<string> => {
  const { id } = await control.ensureProject(project)
  const { contexts } = await readContexts(env)
  const known = contexts.find((context) => context.name === LOCAL_CONTEXT)
  if (known && !known.login && (await isGood(control, known.token, id))) return known.token
  return (await control.createOwnerCredential(id)).token
}

const isGood = async ({ authority }: Control, token: string, projectId: string): Promise<boolean> => {
  try {
    return (await authority.verify(token)).projectId === projectId
  } catch (error) {
    if (error instanceof AppError && error.code === 'UNAUTHENTICATED') return false
    throw error
  }
}
