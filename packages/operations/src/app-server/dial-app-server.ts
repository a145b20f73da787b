/** Owns connecting to an app-server wherever it is: a WebSocket, in a socket of this machine, or inside a private tunnel. */
import { STATUS_CODES } from 'node:http'
import type { LookupFunction } from 'node:net'
import type { Duplex } from 'node:stream'
import { rootCertificates } from 'node:tls'
import { type Secret, toDuplex } from '@towline/base'
import { AppError, LIMITS, type Limits } from '@towline/protocol'
import { dialError, onReset } from '@towline/sdk'
import { type ClientOptions, WebSocket } from 'ws'
import type { Connection } from '../context/connection.ts'
import { openDial } from '../tunnel/dial.ts'
import { dialUnix } from '../webtty/dial-unix.ts'
import { openSsh, type SshRequest } from '../ssh/open-ssh.ts'
import type { RemoteAddress } from './remote-address.ts'

export interface DialAppServerRequest {
  readonly address: RemoteAddress
  readonly token?: Secret | undefined
  /** PEM; trusted beside the roots that everybody trusts. */
  readonly ca?: string | undefined
  /** Asked for only when the address goes through a relay. */
  readonly connection: () => Promise<Connection>
  /** How a machine is reached by SSH. */
  readonly ssh?: SshWay | undefined
  /** Product and version. */
  readonly agent: string
  readonly signal: AbortSignal
  readonly limits?: Limits
}

export interface SshWay extends Pick<SshRequest, 'env' | 'config' | 'keepAlive' | 'onSaid' | 'isBatch'> {
  /** `towline`, found by a login shell there, unless this says where it is. */
  readonly program?: string | undefined
}

/** Joins the app-server of the machine, which is started when none runs. */
const PROXY = ['app-server', 'proxy']

interface Way {
  readonly url: string
  /** As errors call it. */
  readonly shown: string
  /** What carries it, when it stands already. */
  readonly below?: Duplex
  /** Why the stream below was refused, when it was. */
  refusal?(): AppError | undefined | Promise<AppError | undefined>
  close(): Promise<void>
}

/**
 * An open WebSocket that is paused: nobody reads of it yet. Rejects with APP_SERVER_UNREACHABLE, APP_SERVER_REFUSED, with why a
 * private tunnel was not reached, or with the signal's reason.
 */
export const dialAppServer = async (request: DialAppServerRequest): Promise<WebSocket> => {
  const { signal, limits = LIMITS } = request
  signal.throwIfAborted()
  // OpenSSH may ask for a password, and ends by its own deadlines.
  const sshWay = request.address.kind === 'ssh' ? await wayTo(request) : undefined
  const late = AbortSignal.timeout(limits.appClientConnectMs)
  const either = AbortSignal.any([signal, late])
  const way =
    sshWay ??
    (await wayTo({ ...request, signal: either }).catch((error: unknown) => {
      throw whyNot(shownOf(request.address), { signal, late, error })
    }))
  const options = optionsOf(request, way, limits)
  const socket = new WebSocket(way.url, options)
  socket.once('close', () => void way.close())
  try {
    await opened(socket, way, either)
    keepAlive(socket, limits.appClientPingMs)
    return socket
  } catch (error) {
    socket.on('error', () => {})
    const why = error instanceof AppError ? error : ((await way.refusal?.()) ?? error)
    socket.terminate()
    await way.close()
    throw whyNot(way.shown, { signal, late, error: why })
  }
}

const optionsOf = ({ token, ca, agent, address }: DialAppServerRequest, way: Way, limits: Limits): ClientOptions => ({
  headers: { 'user-agent': agent, ...(token && { authorization: `Bearer ${token.reveal()}` }) },
  perMessageDeflate: false,
  followRedirects: false,
  maxPayload: limits.appClientMessageBytes,
  ...(ca !== undefined && address.kind === 'web' && { ca: [ca, ...rootCertificates] }),
  // Names below localhost are this machine (RFC 6761, 6.3), which not every system resolves.
  ...(address.kind === 'web' && address.url.hostname.endsWith('.localhost') && { lookup: toThisMachine }),
  ...(way.below && {
    createConnection: (() => way.below) as unknown as NonNullable<ClientOptions['createConnection']>,
  }),
})

const toThisMachine: LookupFunction = (_name, { all }, done) =>
  all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)

const shownOf = (address: RemoteAddress): string => {
  if (address.kind === 'web') return address.url.href
  if (address.kind === 'unix') return `unix://${address.path}`
  return address.kind === 'ssh' ? `ssh://${address.host.replace(/^ssh:\/\//, '')}` : `tow://${address.name}`
}

const wayTo = async (request: DialAppServerRequest): Promise<Way> => {
  const { address, agent, signal } = request
  const shown = shownOf(address)
  if (address.kind === 'web') return { url: address.url.href, shown, close: async () => {} }
  if (address.kind === 'ssh') return await waySsh(address.host, request)
  if (address.kind === 'unix') {
    const below = await dialUnix(address.path).catch((error: unknown) => {
      throw new AppError('APP_SERVER_UNREACHABLE', { url: shown, problem: whyUnix(error) }, { cause: error })
    })
    return { url: 'ws://localhost/rpc', shown, below, close: async () => void below.destroy() }
  }
  const { channel, close } = await openDial({
    connection: await request.connection(),
    tunnel: address.name,
    agent,
    signal,
  })
  const below = toDuplex(channel)
  let refusal: AppError | undefined
  below.on('error', () => {})
  onReset(channel, (_error, code) => {
    refusal = dialError(code, address.name)
    below.destroy(refusal)
  })
  return { url: `ws://${address.name}/`, shown, below, refusal: () => refusal, close }
}

/** What `dialUnix` says besides is about servers of tunnels. */
const whyUnix = (error: unknown): string => {
  const problem = error instanceof AppError ? String(error.details['problem']) : (error as Error).message
  return WORDS[problem] ?? problem
}

const waySsh = async (host: string, { ssh, signal }: DialAppServerRequest): Promise<Way> => {
  const { program = 'towline', ...more } = ssh ?? { env: process.env }
  const { stream, ended, close } = await openSsh({ ...more, host, program, words: PROXY, signal })
  return { url: 'ws://localhost/rpc', shown: `ssh://${host}`, below: stream, refusal: () => endIn(ended), close }
}

/** What is carried ends before OpenSSH says why. */
const endIn = (ended: Promise<AppError | undefined>): Promise<AppError | undefined> =>
  new Promise((done) => {
    const late = setTimeout(() => done(undefined), 2 * LIMITS.sshKillMs)
    void ended.then((error) => {
      clearTimeout(late)
      done(error)
    })
  })

/** Paused as soon as it is open. Rejects with what went wrong, or a text of the answer. */
const opened = (socket: WebSocket, way: Way, signal: AbortSignal): Promise<void> =>
  new Promise((done, fail) => {
    const over = (): void => signal.removeEventListener('abort', onAbort)
    const failed = (error: unknown): void => {
      over()
      fail(error as Error)
    }
    const onAbort = (): void => failed(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) return onAbort()
    socket.once('error', failed)
    socket.once('unexpected-response', (_request, { statusCode = 0 }) => failed(answered(way.shown, statusCode)))
    socket.once('open', () => {
      over()
      socket.off('error', failed)
      socket.pause()
      done()
    })
  })

/** A machine that sleeps, or a network that is gone, tells nobody. */
const keepAlive = (socket: WebSocket, ms: number): void => {
  let isAnswered = true
  socket.on('pong', () => {
    isAnswered = true
  })
  const timer = setInterval(() => {
    if (!isAnswered) return socket.terminate()
    isAnswered = false
    socket.ping()
  }, ms)
  socket.once('close', () => clearInterval(timer))
}

const REFUSED: ReadonlySet<number> = new Set([401, 403])

/** The words that clients of app-servers know. */
const answered = (url: string, code: number): AppError => {
  const status = `${code} ${STATUS_CODES[code] ?? ''}`.trim()
  if (REFUSED.has(code)) return new AppError('APP_SERVER_REFUSED', { url, status })
  return new AppError('APP_SERVER_UNREACHABLE', { url, problem: `HTTP error: ${status}` })
}

interface Failure {
  /** Of the caller. */
  readonly signal: AbortSignal
  readonly late: AbortSignal
  readonly error: unknown
}

const whyNot = (url: string, { signal, late, error }: Failure): unknown => {
  if (signal.aborted) return signal.reason
  if (late.aborted) return new AppError('APP_SERVER_UNREACHABLE', { url, problem: 'it did not answer in time' })
  if (error instanceof AppError) return error
  const { code, message } = error as NodeJS.ErrnoException
  return new AppError(
    'APP_SERVER_UNREACHABLE',
    { url, problem: WORDS[code ?? ''] ?? code ?? message },
    { cause: error },
  )
}

/** Certificates as stock clients say it. */
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  ENOTFOUND: 'its name is not known to DNS',
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'invalid peer certificate: UnknownIssuer',
  SELF_SIGNED_CERT_IN_CHAIN: 'invalid peer certificate: UnknownIssuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'invalid peer certificate: UnknownIssuer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'invalid peer certificate: UnknownIssuer',
  ERR_TLS_CERT_ALTNAME_INVALID: 'invalid peer certificate: NotValidForName',
  CERT_HAS_EXPIRED: 'invalid peer certificate: Expired',
}
