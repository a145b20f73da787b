/** Owns what is behind a WebTTY server's tunnel or listener: processes, files, and the proof that clients owe. */
import type { IncomingMessage, RequestListener } from 'node:http'
import { arch, hostname, platform, userInfo } from 'node:os'
import { bearerOf, type Log, type Secret } from '@towline/base'
import { AppError, FS_PATH, type ServerFacts } from '@towline/protocol'
import {
  type Ask,
  createWebttyServer,
  encryptedPage,
  type Exposer,
  type Files,
  loadIdentity,
  nodeCrypto,
  noFiles,
  openClientList,
  openFiles,
  openSessions,
  PendingHandshakes,
  type ProvenClient,
  secureServer,
  type WebttyServer,
  type WebttyServerOptions,
} from '@towline/webtty'
import { type Env, homeDir } from '../context/home.ts'
import { noExposer } from './expose/exposures.ts'

export interface HostOptions {
  /** The server's own environment. */
  readonly env: Env
  readonly log: Log
  /** Where commands and terminals start. */
  readonly cwd: string
  /** Serves the files of this folder too. */
  readonly fsRoot?: string | undefined
  readonly fsReadOnly?: boolean | undefined
  /** Identity for end-to-end encryption. */
  readonly identity?: string | undefined
  /** What browsers get at the exec path. */
  readonly page?: RequestListener | undefined
  /** What HTTP requests must carry; streams of a tunnel were asked already. */
  readonly token?: Secret | undefined
  /** Words by which this program is started: clients run parts of it on this machine. */
  readonly program?: readonly string[] | undefined
  /** Opens tunnels to services of this machine, or why it has nobody who does. */
  readonly exposer: Exposer | 'EXPOSE_OFF' | 'EXPOSE_NEEDS_RELAY'
}

/** What is served, wherever it listens. */
export interface WebttyHost {
  readonly server: WebttyServer
  readonly facts: ServerFacts
  /** Of the identity, when there is one. */
  readonly fingerprint: string | undefined
  /** What whoever starts the server should know. */
  readonly notice: string | undefined
  /** Names clients may mean this server by, once they are known. */
  known(names: readonly string[], projects: readonly string[]): void
  /** Ends every connection, then every process. */
  close(): Promise<void>
}

/** Who is asked for a token listens on a port of this machine. */
const THIS_MACHINE = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i

const EXEC_PATH = '/'

/** Rejects with FILES_ENCRYPTED, FILES_UNAVAILABLE, E2E_IDENTITY_UNKNOWN, E2E_IDENTITY_UNSAFE. */
export const openHost = async (name: string, options: HostOptions): Promise<WebttyHost> => {
  const { env, log, cwd, identity, fsRoot, page, token, exposer, program } = options
  if (identity !== undefined && fsRoot !== undefined) throw new AppError('FILES_ENCRYPTED', { name: name || identity })
  const encryption = identity === undefined ? undefined : await openEncryption(identity, options)
  const files = fsRoot === undefined ? undefined : await filesOf(fsRoot, options)
  const exposes = typeof exposer !== 'string'
  const facts = {
    ...factsOf(name, { e2e: encryption !== undefined, files }),
    ...(exposes && { expose: true }),
    ...(program && { program }),
  }
  const sessions = openSessions({ env, log, defaults: { cwd } })
  const server = createWebttyServer({
    sessions,
    facts,
    log,
    exposer: exposes ? exposer : noExposer(exposer),
    ...(encryption && { secure: encryption.secure, permit }),
    files: files ? below(FS_PATH, files.handler) : noFiles(whyNoFiles(name, identity)),
    ...pageOf(page, encryption !== undefined),
    ...(token && { authorize: (request: IncomingMessage) => token.is(bearerOf(request) ?? ''), hosts: THIS_MACHINE }),
  })
  return {
    server,
    facts,
    fingerprint: encryption?.fingerprint,
    notice: files?.facts.notice,
    known: (names, projects) => encryption?.known(names, projects),
    close: async () => {
      await server.close()
      await Promise.all([sessions.close(), files?.close()])
      encryption?.close()
    },
  }
}

const whyNoFiles = (name: string, identity: string | undefined): AppError =>
  new AppError(identity === undefined ? 'FILES_OFF' : 'FILES_ENCRYPTED', { name: name || identity || hostname() })

/** Browsers cannot encrypt, and are told so. */
const pageOf = (page: RequestListener | undefined, encrypted: boolean): { readonly page?: RequestListener } => {
  if (encrypted) return { page: encryptedPage() }
  return page ? { page } : {}
}

const filesOf = (root: string, { fsReadOnly = false, log }: HostOptions): Promise<Files> =>
  openFiles({ root, readOnly: fsReadOnly, log })

const factsOf = (
  name: string,
  { e2e, files }: { readonly e2e: boolean; readonly files: Files | undefined },
): ServerFacts => ({
  name,
  os: platform(),
  arch: arch(),
  hostname: hostname(),
  user: userInfo().username,
  e2e,
  execPath: EXEC_PATH,
  ...(files && { fsPath: FS_PATH, fsMode: files.facts.mode }),
})

/** The listener sees paths below `base`. */
const below =
  (base: string, listener: Files['handler']): RequestListener =>
  (request, response) => {
    request.url = (request.url ?? base).slice(base.length) || '/'
    listener(request, response)
  }

interface Encryption {
  readonly fingerprint: string
  readonly secure: NonNullable<WebttyServerOptions['secure']>
  known(names: readonly string[], projects: readonly string[]): void
  close(): void
}

const openEncryption = async (name: string, { env, log }: HostOptions): Promise<Encryption> => {
  const home = homeDir(env)
  const identity = await loadIdentity(home, name)
  const clients = openClientList({
    home,
    identity: name,
    broken: (error) => log.warn({ err: error }, 'the list of authorized clients cannot be read: nobody else is let in'),
  })
  const pending = new PendingHandshakes()
  let [names, projects]: [readonly string[], readonly string[]] = [[], []]
  return {
    fingerprint: identity.endpoint.fingerprint,
    secure: (carrier, address) =>
      secureServer(carrier, { crypto: nodeCrypto, identity, names, projects, clients, pending, address }),
    known: (...now) => {
      ;[names, projects] = now
    },
    close: () => clients.close(),
  }
}

/** A client does what its roles say. Throws FORBIDDEN. */
const permit = (ask: Ask, client: ProvenClient | undefined): void => {
  const role = ask.use === 'open' ? ask.request.kind : ask.use === 'machine' ? 'exec' : undefined
  if (!client || role === undefined || client.roles.includes(role)) return
  throw new AppError('FORBIDDEN', { permission: role })
}
