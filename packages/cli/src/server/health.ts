/** Owns asking a server that was just started whether it answers, the way clients will: by its URL and CA. */
import { request as plain } from 'node:http'
import { request as secure } from 'node:https'
import { AppError, LIMITS } from '@towline/protocol'

export interface HealthRequest {
  readonly url: string
  readonly ca?: string | undefined
  readonly signal: AbortSignal
}

const PATH = '/api/health'

/** Resolves when the server answers 200. Throws SERVER_UNREACHABLE. */
export const probeHealth = async ({ url, ca, signal }: HealthRequest): Promise<void> => {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(LIMITS.cliReadyMs)])
  const ask = url.startsWith('https:') ? secure : plain
  const status = await new Promise<number>((done, fail) => {
    const asked = ask(
      new URL(PATH, url),
      { ...(ca === undefined ? {} : { ca }), agent: false, signal: deadline },
      (answer) => {
        answer.resume()
        done(answer.statusCode ?? 0)
      },
    )
    asked.on('error', (error) =>
      fail(
        signal.aborted ? error : new AppError('SERVER_UNREACHABLE', { url, problem: error.message }, { cause: error }),
      ),
    )
    asked.end()
  })
  if (status !== 200) throw new AppError('SERVER_UNREACHABLE', { url, problem: `its health check answered ${status}` })
}
