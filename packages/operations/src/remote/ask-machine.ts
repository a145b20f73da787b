/** Owns asking a machine about its services, and saying what becomes of them when it does not answer. */
import { AppError, EXPOSE_LABELS, type ErrorCode, LIMITS, type MachineQuestion } from '@towline/protocol'
import type { MachineReply } from '@towline/webtty'
import { listTunnels } from '../inventory/list-tunnels.ts'
import type { MachineRequest } from '../webtty/machine.ts'
import { parseWebttyUrl } from '../webtty/webtty-url.ts'
import { orAbort, withConnection } from '../webtty/with-connection.ts'

/** Asks one question after the other over one connection. */
export type AskMachine = (question: MachineQuestion) => Promise<MachineReply>

/**
 * Runs `use` with a machine to ask. Rejects with its refusals; with MACHINE_SILENT when it is gone and the relay still knows of what it
 * exposes; else with why it was not reached.
 */
export const askingMachine = async <T>(request: MachineRequest, use: (ask: AskMachine) => Promise<T>): Promise<T> => {
  try {
    return await withConnection(request, (connection) =>
      use((question) => orAbort(connection.ask(question), request.signal)),
    )
  } catch (error) {
    throw (await orphansOf(request, error)) ?? error
  }
}

/** What a machine that is gone is told by. */
const GONE: ReadonlySet<ErrorCode> = new Set(['TUNNEL_UNKNOWN', 'TUNNEL_OFFLINE', 'WEBTTY_LOST', 'UPSTREAM_TIMEOUT'])

const orphansOf = async (request: MachineRequest, error: unknown): Promise<AppError | undefined> => {
  if (!(error instanceof AppError) || !GONE.has(error.code) || request.signal.aborted) return undefined
  const target = parseWebttyUrl(request.url)
  if (target.kind !== 'tow') return undefined
  const filter = `labels.${EXPOSE_LABELS.machine}=${target.name}`
  const tunnels = await request
    .connection()
    .then((connection) => listTunnels(connection, { filter, signal: request.signal }))
    .catch(() => [])
  if (tunnels.length === 0) return undefined
  const exposures = tunnels.map(({ name, labels = {} }) => `${name} (${labels[EXPOSE_LABELS.target] ?? '?'})`).join(', ')
  const seconds = Math.ceil(LIMITS.goneMs / 1000)
  return new AppError('MACHINE_SILENT', { machine: target.name, exposures, seconds }, { cause: error })
}
