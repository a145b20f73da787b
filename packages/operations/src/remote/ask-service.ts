/** Owns asking a service over a connection and keeping of its answer what can be compared: one GET, or what it says first. */
import { createHash, type Hash } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { LIMITS, type ServiceAnswer, shown } from '@towline/protocol'

/** What is asked for by HTTP. */
export interface HttpQuestion {
  readonly path: string
  /** The Host field. */
  readonly host: string
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Header fields that tell answers apart and hold no secret. */
const SHOWN = ['content-type', 'content-length', 'location', 'server', 'www-authenticate'] as const

/** The answer to a GET, whose body is read as far as probeBytes and probeMs let it. Never rejects; ends the connection. */
export const askHttp = (connection: Duplex, { path, host, headers }: HttpQuestion): Promise<ServiceAnswer> =>
  new Promise((done) => {
    const fields = { accept: '*/*', 'accept-encoding': 'identity', ...headers, host, connection: 'close' }
    const asked = request({ createConnection: () => connection, path, headers: fields })
    let body: Body | undefined
    let over = false
    const finish = (problem?: string): void => {
      if (over) return
      over = true
      clearTimeout(timer)
      done({ ...(body?.answer ?? NOTHING), ...(problem !== undefined && { problem }) })
      asked.destroy()
      connection.destroy()
    }
    const timer = setTimeout(() => finish('it did not answer to the end in time'), LIMITS.probeMs)
    const failed = (error: Error): void => finish(problemOf(error))
    connection.on('error', failed)
    asked.on('error', failed).once('response', (answer) => {
      body = new Body(answer)
      if (isEndless(answer)) return finish()
      answer.on('data', (bytes: Buffer) => {
        if (!body?.take(bytes)) finish(`its answer is longer than ${LIMITS.probeBytes} bytes`)
      })
      answer.on('error', failed).once('end', () => {
        body?.over()
        finish()
      })
    })
    asked.end()
  })

/** What a service says before it is asked anything. Never rejects; ends the connection. */
export const hearService = (connection: Duplex): Promise<ServiceAnswer> =>
  new Promise((done) => {
    const said = new Said()
    const finish = (problem?: string): void => {
      clearTimeout(timer)
      done({ connected: true, ...said.told, ...(problem !== undefined && { problem }) })
      connection.destroy()
    }
    const timer = setTimeout(() => finish(), LIMITS.probeQuietMs)
    connection.on('error', (error) => finish(problemOf(error)))
    connection.on('data', (bytes: Buffer) => {
      said.take(bytes)
      if (said.bytes >= LIMITS.probeHeadBytes) finish()
    })
    connection.once('end', () => finish())
  })

/** An answer of a service that could not be reached. */
export const unreached = (problem: string): ServiceAnswer => ({ connected: false, problem, bytes: 0, head: '' })

/** The socket once `event` came, which its timeout bounds no longer. Rejects with why it was not, ETIMEDOUT after that. */
export const connected = <S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> =>
  new Promise((done, fail) => {
    socket.once('error', fail)
    socket.once('timeout', () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })))
    socket.once(event, () => {
      socket.setTimeout(0).off('error', fail)
      done(socket)
    })
  })

/** In the words of the system. */
export const problemOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException
  return shown(code ?? message)
}

const NOTHING: ServiceAnswer = { connected: true, bytes: 0, head: '' }

const isEndless = ({ headers }: IncomingMessage): boolean =>
  headers['content-type']?.startsWith('text/event-stream') ?? false

/** Bytes of which only the count, the digest and the first are kept. */
class Said {
  bytes = 0
  readonly #hash: Hash = createHash('sha256')
  #head = Buffer.alloc(0)

  take(bytes: Buffer): void {
    this.bytes += bytes.length
    this.#hash.update(bytes)
    const room = LIMITS.probeHeadBytes - this.#head.length
    if (room > 0) this.#head = Buffer.concat([this.#head, bytes.subarray(0, room)])
  }

  get told(): Pick<ServiceAnswer, 'bytes' | 'head'> {
    return { bytes: this.bytes, head: this.#head.toString('base64') }
  }

  digest(): string {
    return this.#hash.digest('hex')
  }
}

/** The answer to a request as it comes. */
class Body {
  readonly #answer: IncomingMessage
  readonly #said = new Said()
  #digest: string | undefined

  constructor(answer: IncomingMessage) {
    this.#answer = answer
  }

  /** False when it is too long. */
  take(bytes: Buffer): boolean {
    this.#said.take(bytes)
    return this.#said.bytes <= LIMITS.probeBytes
  }

  over(): void {
    this.#digest = this.#said.digest()
  }

  get answer(): ServiceAnswer {
    const { statusCode, headers } = this.#answer
    const shownFields = SHOWN.flatMap((name) =>
      headers[name] === undefined ? [] : [[name, shown(String(headers[name]))]],
    )
    return {
      connected: true,
      ...(statusCode !== undefined && { status: statusCode }),
      headers: Object.fromEntries(shownFields) as Readonly<Record<string, string>>,
      ...this.#said.told,
      ...(this.#digest !== undefined && { sha256: this.#digest }),
    }
  }
}
