/** Owns a whole system in this process: store, engine on port 0, an owner, and everything a test starts with it. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Closer, createLog, opening } from '@towline/base'
import { type Control, type ControlHttp, type ControlHttpOptions, openControl, openControlHttp } from '@towline/control'
import { type Engine, type EngineOptions, openEngine } from '@towline/engine'
import { LIMITS, type Limits, type TunnelSpec } from '@towline/protocol'
import { forwardTo, type HostedTunnel, openSession, type Session, type SessionOptions } from '@towline/sdk'
import { tempFolder } from './temp-folder.ts'

export interface SystemOptions {
  /** Bounds that differ from the product's. */
  readonly limits?: Partial<Limits>
  readonly tls?: EngineOptions['tls']
  readonly domain?: string
  /** URL of a PostgreSQL database in place of the embedded one. */
  readonly database?: string
  /** Milliseconds since the epoch, for store, site and engine. */
  readonly clock?: () => number
  /** Of the site, besides where it is. */
  readonly site?: Partial<ControlHttpOptions>
}

export interface System extends AsyncDisposable {
  readonly control: Control
  readonly limits: Limits
  readonly projectId: string
  /** The owner's. */
  readonly token: string
  /** Of links and the API. */
  readonly url: string
  readonly port: number
  /** The server's own site, for people and OAuth. */
  readonly site: ControlHttp
  /** PEM of the development CA. */
  readonly ca: string | undefined
  readonly folder: string
  /** Log lines of store and engine so far, as JSON text. */
  readonly log: readonly string[]
  /** Host and port under which visitors find a published tunnel. */
  host(name: string): string
  /** Another owner of the same project. */
  otherToken(): Promise<string>
  /** A session of the owner unless `options` say otherwise; it is closed with the system. */
  session(options?: Partial<SessionOptions>): Session
  /** Serves a tunnel by a port of this machine; in the session given, else in one that all such tunnels share. */
  serve(spec: TunnelSpec, port: number, session?: Session): Promise<HostedTunnel>
  /** Asks the API as the owner. */
  api(path: string, init?: RequestInit): Promise<Response>
  /** The bytes of all that store and keys left in the folder, to look for what must not be there. */
  everythingStored(): Promise<string>
  /** Ends the engine as a process would be ended, and starts it again on the same port. */
  restart(): Promise<void>
  /** Ends all that was started here, newest first; twice is harmless. */
  close(): Promise<void>
}

const SLUG = 'dev'

/** Everything that was opened is closed when this fails. */
export const openSystem = (options: SystemOptions = {}): Promise<System> => opening((closer) => open(options, closer))

const open = async (options: SystemOptions, closer: Closer): Promise<System> => {
  const { limits: changed, tls, domain = 'localhost', clock = Date.now } = options
  const limits: Limits = { ...LIMITS, ...changed }
  const folder = tempFolder('system')
  closer.add(() => folder.remove())
  const { lines, log } = keptLog()
  const control = await openControl({ dir: folder.path, database: options.database, log, limits, clock })
  closer.add(() => control.close())
  const { id: projectId } = await control.ensureProject(SLUG)
  const { token } = await control.createOwnerCredential(projectId)

  const { authority } = control
  let site: ControlHttp | undefined
  const fixed = {
    ...{ authority, log, limits, domain, clock, projects: [SLUG], tls: tls ?? { dir: folder.path }, version: '0.0.0' },
    site: (...call: Parameters<ControlHttp['handle']>) => site?.handle(...call),
  }
  const openOn = (port: number): Promise<Engine> => openEngine({ ...fixed, listen: { host: '127.0.0.1', port } })
  let engine = await openOn(0)
  closer.add(() => engine.close())
  const { port, url, ca } = engine
  const opened = openControlHttp({ ...NO_PAGES, control, publicUrl: engine.openUrl, ...options.site })
  site = opened
  const close = (): Promise<void> => closer.close()
  const session = (more: Partial<SessionOptions> = {}): Session => {
    const opened = openSession({ url, ca, token, limits, agent: 'towline-testkit/0.0.0', env: {}, ...more })
    closer.add(() => opened.close())
    return opened
  }
  let shared: Session | undefined
  return {
    control,
    limits,
    projectId,
    token,
    url,
    port,
    site: opened,
    ca,
    folder: folder.path,
    log: lines,
    host: (name) => `${name}.${SLUG}.${domain}:${port}`,
    otherToken: async () => (await control.createOwnerCredential(projectId)).token,
    session,
    serve: (spec, target, given) =>
      (given ?? (shared ??= session())).open(spec, forwardTo({ host: '127.0.0.1', port: target }, limits)),
    api: apiAs(port, token),
    everythingStored: () => everythingIn(folder.path),
    restart: async () => {
      await engine.close()
      engine = await openOn(port)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

const apiAs =
  (port: number, token: string): System['api'] =>
  (path, init) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${token}`,
        ...(init?.headers as Readonly<Record<string, string>> | undefined),
      },
    })

const keptLog = () => {
  const lines: string[] = []
  return { lines, log: createLog({ level: 'info', stream: { write: (line) => lines.push(line) } }) }
}

/** Documents only. */
const NO_PAGES = {
  version: '0.0.0',
  discovery: {
    files: async () => [],
    apis: [],
    status: { checks: [], clock: Date.now, onFailure: () => undefined },
  },
}

const everythingIn = async (path: string): Promise<string> => {
  const files = await readdir(path, { recursive: true, withFileTypes: true })
  const texts = files.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name), 'latin1'))
  return (await Promise.all(texts)).join('\n')
}
