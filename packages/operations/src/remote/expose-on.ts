/** Owns having a machine expose one of its services by a tunnel of its own, proven before and after. */
import { newId } from '@towline/base'
import { AppError, EXPOSE_LABELS, type ErrorBody, type Exposure, type ExposeRequest } from '@towline/protocol'
import { listTunnels } from '../inventory/list-tunnels.ts'
import type { MachineRequest } from '../webtty/machine.ts'
import { parseWebttyUrl } from '../webtty/webtty-url.ts'
import { askingMachine } from './ask-machine.ts'
import type { Verification } from './compare-answers.ts'
import { theOne } from './exposed-on.ts'
import { verify } from './verify-exposed.ts'

export interface ExposeOnRequest extends MachineRequest {
  /** One is made when `id` is absent; the same id with the same request exposes once. */
  readonly expose: Omit<ExposeRequest, 'id'> & { readonly id?: string | undefined }
  /** What is compared; default that of the MCP server, else `/`. */
  readonly path?: string | undefined
}

/** A service that is exposed now. */
export interface Exposed extends Exposure {
  /** What `--url` takes to reach the machine. */
  readonly machine: string
  /** What came through the tunnel, beside what the service answers there. */
  readonly verified?: Verification
  /** Why nothing was compared; the service is exposed all the same. */
  readonly unverified?: ErrorBody
}

/**
 * Answers once the tunnel is open and was compared. Rejects, with nothing exposed, with PORT_SILENT, OPTION_INVALID (the name is in use),
 * EXPOSE_HOST_REFUSED, EXPOSE_OFF, EXPOSE_NEEDS_RELAY, EXPOSE_UNSUPPORTED, EXPOSURE_CONFLICT, FORBIDDEN, LIMIT_REACHED, MACHINE_SILENT, or
 * with why the relay refused the tunnel.
 */
export const exposeOn = async (request: ExposeOnRequest): Promise<Exposed> => {
  const expose: ExposeRequest = { ...request.expose, id: request.expose.id ?? newId('exp') }
  await refuseTakeover(request, expose)
  return await askingMachine(request, async (ask) => {
    const exposure = theOne((await ask({ use: 'expose', expose })).exposures, expose.id)
    const exposed = { ...exposure, machine: request.url }
    try {
      return { ...exposed, verified: await verify(ask, exposure, request) }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return { ...exposed, unverified: error.toJSON() }
    }
  })
}

/** The machine may hold the credential of another host: it would take the name from that one, unseen. */
const refuseTakeover = async (request: ExposeOnRequest, { id, name }: ExposeRequest): Promise<void> => {
  if (name === undefined || parseWebttyUrl(request.url).kind !== 'tow') return
  const connection = await request.connection()
  const tunnels = await listTunnels(connection, { filter: `name=${name}`, signal: request.signal }).catch(() => [])
  const other = tunnels.find((tunnel) => tunnel.labels?.[EXPOSE_LABELS.id] !== id)
  if (!other) return
  const problem = 'a tunnel of that name is there already, and would be pushed out'
  throw new AppError('OPTION_INVALID', { option: '--name', value: name, problem })
}
