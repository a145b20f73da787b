/** Owns calls of the control API: one exchange with the server of a connection, its credential, and what its problems mean. */
import { AppError } from '@towline/protocol'
import { openServerHttp, Token } from '@towline/sdk'
import type { Connection } from '../context/connection.ts'

export interface ControlCall {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the server, such as `/api/whoami`. */
  readonly path: string
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

/** The JSON of a 2xx answer. Rejects with the server's AppError, or with why it is not reached. */
export const callControl = async (connection: Connection, call: ControlCall): Promise<unknown> => {
  const { url, ca, token: source } = connection
  const http = openServerHttp({ url, ca })
  const token = new Token(source)
  const once = async (): Promise<unknown> => {
    const text = call.body === undefined ? undefined : JSON.stringify(call.body)
    const answer = await http.ask(call.path, {
      ...{ method: call.method ?? 'GET', body: text, signal: call.signal },
      headers: {
        ...{ accept: 'application/json', authorization: `Bearer ${(await token.get()).reveal()}` },
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      },
    })
    return await resultOf(url, answer)
  }
  try {
    return await once().catch(async (error: unknown) => {
      if (error instanceof AppError && (await token.renew(error))) return await once()
      throw error
    })
  } finally {
    http.close()
  }
}

const resultOf = async (url: string, answer: Response): Promise<unknown> => {
  const body = (await answer.json().catch(() => undefined)) as { readonly code?: unknown } | null | undefined
  if (answer.ok && body !== undefined) return body
  if (typeof body?.code === 'string') throw AppError.from(body)
  const away = answer.status >= 502 && answer.status <= 504
  const problem = `it answers ${answer.status} without saying why`
  throw new AppError(away ? 'SERVER_UNREACHABLE' : 'NOT_TOWLINE', { url, problem })
}
