/** Owns what a client has here: processes, open files, requests. It outlives the connection, so that a client may come back. */
import { AppError, type FileEvents, LIMITS, type ProcessEvents } from '@towline/protocol'
import type { Peer } from '../rpc/serve-rpc.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import { Handles } from './files/handles.ts'
import { MissingWatches } from './files/missing-watches.ts'
import { HttpRequests } from './http-request.ts'
import { type Audience, ServedProcess } from './process/served-process.ts'

export class Session implements Audience {
  readonly id: string
  readonly handles = new Handles()
  readonly missing = new MissingWatches((watchId) => this.#toldOfFiles({ watchId }))
  readonly http = new HttpRequests({
    tell: (delta) => this.#peer?.notify('http/request/bodyDelta', delta),
    room: () => this.#room(),
  })
  readonly #waiting = new Set<() => void>()
  readonly #abandoned: () => void
  readonly #processes = new Map<string, ServedProcess>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #peer: Peer | undefined
  #leave: NodeJS.Timeout | undefined

  /** `abandoned` is called when nobody came back in time. */
  constructor(id: string, abandoned: () => void) {
    this.id = id
    this.#abandoned = abandoned
  }

  get attached(): boolean {
    return this.#peer !== undefined
  }

  attach(peer: Peer): void {
    clearTimeout(this.#leave)
    this.#peer = peer
    this.missing.attached()
    this.steer()
  }

  /** Only who holds it leaves it. */
  detach(peer: Peer): void {
    if (this.#peer !== peer) return
    this.#peer = undefined
    this.#leave = setTimeout(this.#abandoned, LIMITS.execServerDetachMs)
    this.steer()
  }

  steer(): void {
    for (const process of this.#processes.values()) process.steer()
    if (this.congested) return
    for (const go of this.#waiting) go()
    this.#waiting.clear()
  }

  #toldOfFiles(event: FileEvents['fs/missingChanged']): boolean {
    this.#peer?.notify('fs/missingChanged', event)
    return this.#peer !== undefined
  }

  /** With nobody there it is at once: bodies are not kept for who comes back. */
  async #room(): Promise<void> {
    while (this.congested) await new Promise<void>((go) => this.#waiting.add(go))
  }

  // Of its processes

  get congested(): boolean {
    return this.#peer?.congested ?? false
  }

  tell<Name extends keyof ProcessEvents>(name: Name, event: ProcessEvents[Name]): boolean {
    this.#peer?.notify(name, event)
    return this.#peer !== undefined
  }

  over(processId: string): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#processes.delete(processId)
    }, LIMITS.execServerEndedMs)
    this.#timers.add(timer)
  }

  /** A place for a process that is about to start. Throws LIMIT_REACHED. */
  reserve(processId: string, how: { readonly sandboxed: boolean; readonly input: boolean }): ServedProcess {
    if (this.#processes.has(processId)) throw new RpcError('invalidRequest', `process ${processId} already exists`)
    const most = LIMITS.execServerProcesses
    if (this.#processes.size >= most) throw new AppError('LIMIT_REACHED', { limit: 'execServerProcesses', value: most })
    const process = new ServedProcess({ processId, audience: this, ...how })
    this.#processes.set(processId, process)
    return process
  }

  forget(processId: string): void {
    this.#processes.delete(processId)
  }

  find(processId: string): ServedProcess | undefined {
    return this.#processes.get(processId)
  }

  /** Throws RpcError. */
  process(processId: string): ServedProcess {
    const process = this.find(processId)
    if (process) return process
    throw new RpcError('invalidRequest', `unknown process id ${processId}`)
  }

  async close(): Promise<void> {
    clearTimeout(this.#leave)
    this.#peer?.close()
    this.#peer = undefined
    this.http.close()
    this.missing.close()
    this.steer()
    await Promise.all([this.handles.closeAll(), ...[...this.#processes.values()].map((process) => process.close())])
    for (const timer of this.#timers) clearTimeout(timer)
  }
}
