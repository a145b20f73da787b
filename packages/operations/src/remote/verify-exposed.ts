/** Owns proving that what comes through the tunnel of an exposure is what the service answers on its machine. */
import { AppError, type Exposure, type ServiceAnswer } from '@towline/protocol'
import { type AskMachine, askingMachine } from './ask-machine.ts'
import { askThrough } from './ask-through.ts'
import { compareAnswers, type Verification } from './compare-answers.ts'
import type { ExposureRequest } from './exposed-on.ts'

export interface VerifyRequest extends ExposureRequest {
  /** With its query; default that of the MCP server, else `/`. */
  readonly path?: string | undefined
}

/** A comparison, and of what. */
export interface Verified extends Verification {
  readonly exposure: Exposure
}

/** Rejects with EXPOSURE_UNKNOWN, or with FORBIDDEN when a token is needed that the credential may not mint. */
export const verifyExposedOn = (request: VerifyRequest): Promise<Verified> =>
  askingMachine(request, async (ask) => {
    const exposure = (await ask({ use: 'exposed' })).exposures.find(({ id }) => id === request.id)
    if (!exposure) throw new AppError('EXPOSURE_UNKNOWN', { id: request.id })
    return { exposure, ...(await verify(ask, exposure, request)) }
  })

/** A service that never answers the same twice is told as such. */
export const verify = async (
  ask: AskMachine,
  exposure: Exposure,
  request: Omit<VerifyRequest, 'id'>,
): Promise<Verification> => {
  const { path = exposure.mcpPath ?? '/', agent, signal } = request
  const local = await probe(ask, exposure, path)
  const connection = await request.connection()
  const through = await askThrough({ connection, exposure, path, agent, signal })
  const first = compareAnswers(local, through)
  if (first.same || local.sha256 === undefined) return first
  const again = compareAnswers(await probe(ask, exposure, path), through)
  if (again.same || compareAnswers(local, again.local).same) return again
  return { ...again, difference: `${again.difference}; the service answers differently each time it is asked` }
}

const probe = async (ask: AskMachine, exposure: Exposure, path: string): Promise<ServiceAnswer> => {
  const { host, port, protocol, hostHeader } = exposure
  const named = hostHeader === undefined ? {} : { hostHeader }
  const { probe: answer } = await ask({ use: 'probe', probe: { host, port, protocol, path, ...named } })
  if (answer) return answer
  throw new AppError('PROTOCOL_ERROR', { problem: 'the machine answered without what the service says' })
}
