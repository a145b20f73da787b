/** Owns serving processes and files of this machine to Codex over wires that are handed in (docs/protocol/exec-server.md). */
import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import type { Log } from '@towline/base'
import { AppError, type EnvironmentInfo, type InitializeResult, LIMITS, type Processes } from '@towline/protocol'
import { RpcError } from '../rpc/rpc-error.ts'
import { paramsBy, type Peer, type RpcHandler, serveRpc } from '../rpc/serve-rpc.ts'
import type { Wire } from '../rpc/wire.ts'
import { bubblewrapIn, type FindBubblewrap } from '../sandbox/find-bubblewrap.ts'
import { Placeholders } from '../sandbox/placeholders.ts'
import { SeccompFiles } from '../sandbox/seccomp.ts'
import { uriOf } from './file-uri.ts'
import { type MethodDeps, METHODS } from './methods.ts'
import type { Env } from './process/env-policy.ts'
import { INITIALIZE } from './schemas.ts'
import { Session } from './session.ts'

export interface ExecServerOptions {
  /** Starts what clients ask for; closed with the server. */
  readonly processes: Processes
  /** The server's own. */
  readonly env: Env
  readonly cwd: string
  /** Path of the user's shell. */
  readonly shell: string
  readonly log: Log
  readonly bubblewrap?: FindBubblewrap
}

export interface ExecServer {
  /** Serves until the wire closes; what the client started waits `execServerDetachMs` for it to come back. */
  serve(wire: Wire): void
  /** Ends every session with its processes. */
  close(): Promise<void>
}

export const openExecServer = (options: ExecServerOptions): ExecServer => new Server(options)

class Server implements ExecServer {
  readonly #options: ExecServerOptions
  readonly #deps: MethodDeps
  readonly #sessions = new Map<string, Session>()
  readonly #wires = new Set<Peer>()
  #closing: Promise<void> | undefined

  constructor(options: ExecServerOptions) {
    const { processes, env, bubblewrap = bubblewrapIn(env['PATH']) } = options
    this.#options = options
    this.#deps = {
      processes,
      env,
      bubblewrap,
      placeholders: new Placeholders(),
      seccomp: new SeccompFiles(),
      info: infoOf(options),
    }
  }

  serve(wire: Wire): void {
    serveRpc(wire, (peer) => this.#connect(peer))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const sessions = [...this.#sessions.values()]
    this.#sessions.clear()
    await Promise.all(sessions.map((session) => session.close()))
    for (const peer of this.#wires) peer.close()
    this.#options.processes.close()
    this.#deps.seccomp.close()
  }

  #connect(peer: Peer): RpcHandler {
    let session: Session | undefined
    this.#wires.add(peer)
    return {
      request: (method, params) => {
        if (method === 'initialize') {
          if (session) throw new RpcError('invalidRequest', 'the connection is initialized already')
          session = this.#session(paramsBy(INITIALIZE, params).resumeSessionId ?? undefined)
          session.attach(peer)
          return { sessionId: session.id, environmentInfo: this.#deps.info } satisfies InitializeResult
        }
        if (!session) throw new RpcError('invalidRequest', `${method} comes after initialize`)
        const run = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined
        if (!run) throw new RpcError('unknownMethod', `there is no method ${method}`)
        return run(this.#deps, session, params)
      },
      notified: () => undefined,
      drained: () => session?.steer(),
      closed: () => {
        this.#wires.delete(peer)
        session?.detach(peer)
      },
      broke: (error, id) => this.#options.log.error({ err: error, id }, 'a request of an exec-server client broke'),
    }
  }

  /** A new one, or the one that a client comes back to. */
  #session(resumed: string | undefined): Session {
    if (resumed !== undefined) {
      const found = this.#sessions.get(resumed)
      if (!found) throw new RpcError('invalidRequest', `unknown session id ${resumed}`)
      if (found.attached) throw new RpcError('attached', `session ${resumed} is already attached to another connection`)
      return found
    }
    if (this.#closing) throw new AppError('SHUTTING_DOWN')
    const most = LIMITS.execServerSessions
    if (this.#sessions.size >= most) throw new AppError('LIMIT_REACHED', { limit: 'execServerSessions', value: most })
    const id = randomUUID()
    const session = new Session(id, () => {
      this.#sessions.delete(id)
      void session.close()
    })
    this.#sessions.set(id, session)
    return session
  }
}

const infoOf = ({ shell, cwd }: ExecServerOptions): EnvironmentInfo => ({
  shell: { name: basename(shell), path: shell },
  cwd: uriOf(cwd),
  capabilities: { fsWatchMissing: true },
})
