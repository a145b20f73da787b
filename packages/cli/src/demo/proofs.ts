/** Owns what the demo proves through the public URL, in order; each proof throws what went wrong or answers figures. */
import { createHash, randomBytes } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import type { Readable } from 'node:stream'
import { WebSocket } from 'ws'
import { PAGE_MARK } from './sample-page.ts'

/** The published sample, as a visitor sees it. */
export interface Visit {
  /** `http://name.project.domain:port`. */
  readonly url: URL
  /** Where the edge listens; used instead of looking the host name up, which not every machine can for `localhost`. */
  readonly edge: { readonly host: string; readonly port: number }
  readonly signal: AbortSignal
}

export type Proof = (visit: Visit) => Promise<string>

const MIB = 1024 * 1024
const BODY = 16 * MIB
const TICKS = 5

const provePage: Proof = async (visit) => {
  const started = performance.now()
  const text = (await readAll(await ask(visit, { path: '/' }))).toString()
  if (!text.includes(PAGE_MARK)) throw new Error('another page came back')
  return `${text.length} bytes in ${since(started)}`
}

const proveDownload: Proof = async (visit) => {
  const started = performance.now()
  const answer = await ask(visit, { path: `/bytes?bytes=${BODY}` })
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length
    hash.update(chunk)
  }
  const told = answer.trailers['x-sha256']
  if (told === undefined) throw new Error('the trailer with the checksum did not arrive')
  return sameBytes({ bytes, sha256: hash.digest('hex') }, { bytes: BODY, sha256: told }, started)
}

const proveUpload: Proof = async (visit) => {
  const started = performance.now()
  const body = randomBytes(BODY)
  const answer = await ask(visit, { method: 'POST', path: '/bytes', body })
  const told = JSON.parse((await readAll(answer)).toString()) as Sum
  return sameBytes(told, { bytes: BODY, sha256: createHash('sha256').update(body).digest('hex') }, started)
}

/** Each event is asked for only when the one before has arrived, so a relay that holds bytes back never gets to the end. */
const proveEvents: Proof = async (visit) => {
  const paced = randomBytes(8).toString('hex')
  const next = async (): Promise<void> =>
    void (await readAll(await ask(visit, { method: 'POST', path: `/next?paced=${paced}` })))
  const answer = await ask(visit, { path: `/events?paced=${paced}` })
  await next()
  let text = ''
  let events = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    text += chunk.toString()
    const arrived = text.split('\n\n').length - 1
    if (arrived > events && arrived < TICKS) await next()
    events = arrived
  }
  if (events !== TICKS) throw new Error(`${events} of ${TICKS} events arrived`)
  return `${events} events, each before the next was sent`
}

const proveWebSocket: Proof = async ({ url, edge, signal }) => {
  const socket = new WebSocket(`ws://${edge.host}:${edge.port}/`, {
    headers: { host: url.host },
    perMessageDeflate: false,
  })
  const stop = (): void => socket.terminate()
  signal.addEventListener('abort', stop)
  try {
    await heard(socket, 'open')
    const started = performance.now()
    const sent = [Buffer.from('hello'), randomBytes(MIB)]
    for (const message of sent) {
      socket.send(message)
      const [echo] = (await heard(socket, 'message')) as [Buffer]
      if (!message.equals(echo)) throw new Error('the echo differs from what was sent')
    }
    return `text and 1 MiB binary echoed in ${since(started)}`
  } finally {
    signal.removeEventListener('abort', stop)
    socket.terminate()
  }
}

/** The proofs that go through the public address. */
export const PUBLIC_PROOFS: readonly (readonly [step: string, proof: Proof])[] = [
  ['page', provePage],
  ['download', proveDownload],
  ['upload', proveUpload],
  ['event stream', proveEvents],
  ['WebSocket', proveWebSocket],
]

interface Sum {
  readonly bytes: number
  readonly sha256: string
}

const sameBytes = (got: Sum, expected: Sum, started: number): string => {
  if (got.bytes !== expected.bytes) throw new Error(`${got.bytes} of ${expected.bytes} bytes arrived`)
  if (got.sha256 !== expected.sha256) throw new Error('the checksums differ')
  const rate = expected.bytes / MIB / ((performance.now() - started) / 1000)
  return `${expected.bytes / MIB} MiB, sha256 ${got.sha256.slice(0, 12)}… equal, ${rate.toFixed(0)} MiB/s`
}

export const since = (started: number): string => `${(performance.now() - started).toFixed(1)} ms`

interface Ask {
  readonly method?: string
  readonly path: string
  readonly body?: Buffer
}

/** One request through the edge, on a connection of its own. */
const ask = ({ url, edge, signal }: Visit, { method = 'GET', path, body }: Ask): Promise<IncomingMessage> =>
  new Promise((done, fail) => {
    const headers = { host: url.host, ...(body ? { 'content-length': body.length } : {}) }
    const asked = request({ ...edge, method, path, headers, agent: false, signal }, (answer) => {
      if (answer.statusCode === 200) return done(answer)
      answer.resume()
      fail(new Error(`the answer was ${answer.statusCode}`))
    })
    asked.on('error', fail)
    asked.end(body)
  })

const readAll = async (stream: Readable): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The next event of a WebSocket; rejects when it breaks first. */
const heard = (socket: WebSocket, event: 'open' | 'message'): Promise<unknown[]> =>
  new Promise((done, fail) => {
    socket.once(event, (...values: unknown[]) => done(values))
    socket.once('error', fail)
    socket.once('close', () => fail(new Error('the connection was closed')))
  })
