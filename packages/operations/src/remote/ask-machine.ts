/** Owns asking a machine about its services, and saying what becomes of them when it does not answer. */
import { AppError, EXPOSE_LABELS, type ErrorCode, LIMITS, type MachineQuestion, type Tunnel } from '@towline/protocol'
import type { MachineReply } from '@towline/webtty'
import { listTunnels } from '../inventory/list-tunnels.ts'
import { orAbort } from '../or-abort.ts'
import type { MachineRequest } from '../webtty/machine.ts'
import { withConnection } from '../webtty/processes.ts'
import { parseWebttyUrl } from '../webtty/webtty-url.ts'

/** Asks one question after the other over one connection. */
export type AskMachine = (question: MachineQuestion) => Promise<MachineReply>

/**
 * Runs `use` with a machine to ask. Rejects with its refusals; with MACHINE_SILENT when it is gone and the relay still knows of what it
 * exposes; else with why it was not reached.
 */
export const askingMachine = async <T>(request: MachineRequest, use: (ask: AskMachine) => Promise<T>): Promise<T> => {
  const exposed = new Exposed(request)
  try {
    return await withConnection(request, (connection) =>
      use((question) => orAbort(connection.ask(question), request.signal)),
    )
  } catch (error) {
    throw (await exposed.orphaned(error)) ?? error
  } finally {
    exposed.close()
  }
}

/** What a machine that is gone is told by. */
const GONE: ReadonlySet<ErrorCode> = new Set(['TUNNEL_UNKNOWN', 'TUNNEL_OFFLINE', 'WEBTTY_LOST', 'UPSTREAM_TIMEOUT'])

/** What the relay knows of a machine's exposures. It is asked while they are still there: an answer that fails takes its time. */
class Exposed {
  readonly #request: MachineRequest
  readonly #timer: NodeJS.Timeout
  #listed: Promise<readonly Tunnel[]> | undefined

  constructor(request: MachineRequest) {
    this.#request = request
    this.#timer = setTimeout(() => void this.#list(), LIMITS.machineLookMs)
  }

  async orphaned(error: unknown): Promise<AppError | undefined> {
    if (!(error instanceof AppError) || !GONE.has(error.code) || this.#request.signal.aborted) return undefined
    const name = this.#name
    if (name === undefined) return undefined
    const tunnels = await this.#list()
    if (tunnels.length === 0) return undefined
    const target = ({ labels = {} }: Partial<Tunnel>): string => labels[EXPOSE_LABELS.target] ?? 'a service'
    const exposures = tunnels.map((tunnel) => `${tunnel.name} (${target(tunnel)})`).join(', ')
    const seconds = Math.ceil(LIMITS.goneMs / 1000)
    return new AppError('MACHINE_SILENT', { machine: name, exposures, seconds }, { cause: error })
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  /** Of a machine that is reached through a relay. */
  get #name(): string | undefined {
    const target = parseWebttyUrl(this.#request.url)
    return target.kind === 'tow' ? target.name : undefined
  }

  #list(): Promise<readonly Tunnel[]> {
    this.#listed ??= this.#ask().catch(() => [])
    return this.#listed
  }

  async #ask(): Promise<readonly Tunnel[]> {
    if (this.#name === undefined) return []
    const filter = `labels.${EXPOSE_LABELS.machine}=${this.#name}`
    return await listTunnels(await this.#request.connection(), { filter, signal: this.#request.signal })
  }
}
