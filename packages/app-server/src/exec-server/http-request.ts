/** Owns HTTP requests that a client makes from this machine's network, as for MCP servers that only it can reach. */
import { AppError, type HttpBodyDelta, type HttpRequestParams, type HttpResponse, LIMITS } from '@towline/protocol'
import { RpcError } from '../rpc/rpc-error.ts'

/** Fetching undoes the encoding of a body, so what is said of it is not passed on. */
const UNDONE = ['content-encoding', 'content-length', 'transfer-encoding']
const DELTA_BYTES = 256 * 1024

/** Who is told what comes of a body. */
export interface BodyReader {
  tell(delta: HttpBodyDelta): void
  /** Resolves when it takes more: what was read is nowhere kept but on its way. */
  room(): Promise<void>
}

export class HttpRequests {
  readonly #reader: BodyReader
  readonly #open = new Map<string, AbortController>()

  constructor(reader: BodyReader) {
    this.#reader = reader
  }

  /** Answers after the whole body, or after the head of one that is streamed. */
  async run(params: HttpRequestParams): Promise<HttpResponse> {
    const { requestId, timeoutMs, streamResponse } = params
    const { execServerHttpRequests: most, execServerHttpMs } = LIMITS
    if (this.#open.has(requestId)) throw new RpcError('invalidRequest', `the request ${requestId} is under way already`)
    if (this.#open.size >= most) throw new AppError('LIMIT_REACHED', { limit: 'execServerHttpRequests', value: most })
    const abort = new AbortController()
    this.#open.set(requestId, abort)
    const timer = setTimeout(() => abort.abort(), Math.min(timeoutMs ?? execServerHttpMs, execServerHttpMs))
    const over = (): void => {
      clearTimeout(timer)
      this.#open.delete(requestId)
    }
    try {
      const response = await ask(params, abort.signal)
      if (!streamResponse) return { ...headOf(response), bodyBase64: (await whole(response)).toString('base64') }
      void this.#stream(requestId, response).finally(over)
      return { ...headOf(response), bodyBase64: '' }
    } catch (error) {
      over()
      throw error
    } finally {
      if (!streamResponse) over()
    }
  }

  close(): void {
    for (const abort of this.#open.values()) abort.abort()
  }

  async #stream(requestId: string, response: Response): Promise<void> {
    let seq = 0
    const tell = (bytes: Uint8Array, rest: Pick<HttpBodyDelta, 'done' | 'error'>): void =>
      this.#reader.tell({ requestId, seq: ++seq, deltaBase64: Buffer.from(bytes).toString('base64'), ...rest })
    try {
      for await (const bytes of bodyOf(response))
        for (let at = 0; at < bytes.length; at += DELTA_BYTES) {
          await this.#reader.room()
          tell(bytes.subarray(at, at + DELTA_BYTES), { done: false })
        }
      tell(new Uint8Array(), { done: true })
    } catch (error) {
      tell(new Uint8Array(), { done: true, error: reasonOf(error) })
    }
  }
}

const ask = async (params: HttpRequestParams, signal: AbortSignal): Promise<Response> => {
  const { method, url, headers = [], bodyBase64, redirectPolicy } = params
  if (!/^https?:\/\//i.test(url)) throw new RpcError('invalidParams', 'url: only http: and https: are asked')
  try {
    return await fetch(url, {
      method,
      headers: headers.map(({ name, value }): [string, string] => [name, value]),
      redirect: redirectPolicy === 'stop' ? 'manual' : 'follow',
      signal,
      ...(bodyBase64 ? { body: Buffer.from(bodyBase64, 'base64') } : {}),
    })
  } catch (error) {
    throw new RpcError('internal', `the request failed: ${reasonOf(error)}`)
  }
}

/** What the system says is behind what fetch says. */
const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error & { readonly cause?: { readonly code?: string } }
  return cause?.code ?? message
}

const headOf = ({ status, headers }: Response): Pick<HttpResponse, 'status' | 'headers'> => ({
  status,
  headers: [...headers].filter(([name]) => !UNDONE.includes(name)).map(([name, value]) => ({ name, value })),
})

const bodyOf = ({ body }: Response): AsyncIterable<Uint8Array> => (body ?? []) as unknown as AsyncIterable<Uint8Array>

const whole = async (response: Response): Promise<Buffer> => {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of bodyOf(response)) {
    bytes += part.length
    if (bytes > LIMITS.execServerHttpBytes)
      throw new RpcError(
        'internal',
        `the answer is longer than ${LIMITS.execServerHttpBytes} bytes; ask for it as a stream`,
      )
    parts.push(part)
  }
  return Buffer.concat(parts)
}
