/** Owns opening TCP connections as channels. */
import { connect, isIP } from 'node:net'
import { AppError } from '@towline/protocol'
import { binding } from './binding.ts'
import { type ByteSocket, byteSocket } from './byte-socket.ts'
import { connectHandle } from './connect-handle.ts'

export interface ConnectOptions {
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
}

type Refusal = 'UPSTREAM_REFUSED' | 'UPSTREAM_TIMEOUT'

/** Connects with noDelay, trying every address of the host. Rejects with UPSTREAM_REFUSED or UPSTREAM_TIMEOUT. */
export const connectBytes = async (options: ConnectOptions): Promise<ByteSocket> => {
  const addresses = binding ? knownAddresses(options.host) : undefined
  const socket = addresses ? await connectFirst(addresses, options) : await connectPublic(options)
  socket.settle()
  return socket
}

/** Addresses that need no look-up: literals, and the two of this machine. */
const knownAddresses = (host: string): readonly string[] | undefined => {
  if (isIP(host)) return [host]
  return host === 'localhost' ? ['127.0.0.1', '::1'] : undefined
}

const connectFirst = async (addresses: readonly string[], { port, timeoutMs }: ConnectOptions): Promise<ByteSocket> => {
  let cause: unknown
  for (const address of addresses) {
    const attempt = connectHandle(address, port)
    try {
      return await within(attempt.done, timeoutMs, attempt.cancel)
    } catch (error) {
      if (error instanceof AppError) throw error
      cause = error
    }
  }
  throw refused('UPSTREAM_REFUSED', cause)
}

const within = <T>(done: Promise<T>, ms: number, cancel: () => void): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      cancel()
      reject(refused('UPSTREAM_TIMEOUT'))
    }, ms)
    const settle =
      <V>(act: (value: V) => void) =>
      (value: V): void => {
        clearTimeout(timer)
        act(value)
      }
    done.then(settle(resolve), settle(reject))
  })

const connectPublic = ({ host, port, timeoutMs }: ConnectOptions): Promise<ByteSocket> => {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true, autoSelectFamily: true })
  const done = new Promise<ByteSocket>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => reject(refused(codeOf(error), error))
    socket.once('error', onError)
    socket.once('connect', () => {
      socket.off('error', onError)
      resolve(byteSocket(socket))
    })
  })
  return within(done, timeoutMs, () => socket.destroy())
}

const refused = (code: Refusal, cause?: unknown): AppError => new AppError(code, {}, cause ? { cause } : undefined)

const codeOf = (error: NodeJS.ErrnoException): Refusal =>
  error.code === 'ETIMEDOUT' ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_REFUSED'
