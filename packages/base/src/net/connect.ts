/** Owns opening TCP connections as channels. */
import { connect } from 'node:net'
import { AppError } from '@towline/protocol'
import { type ByteSocket, byteSocket } from './byte-socket.ts'

export interface ConnectOptions {
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** Connects with noDelay, trying every address of the host. Rejects with UPSTREAM_REFUSED or UPSTREAM_TIMEOUT. */
export const connectBytes = ({ host, port, timeoutMs, signal }: ConnectOptions): Promise<ByteSocket> =>
  new Promise((done, fail) => {
    const options = { host, port, noDelay: true, allowHalfOpen: true, autoSelectFamily: true, ...(signal ? { signal } : {}) }
    const socket = connect(options)
    const timer = setTimeout(() => refuse('UPSTREAM_TIMEOUT'), timeoutMs)
    const refuse = (code: 'UPSTREAM_REFUSED' | 'UPSTREAM_TIMEOUT', cause?: Error): void => {
      clearTimeout(timer)
      socket.destroy()
      fail(new AppError(code, {}, cause ? { cause } : undefined))
    }
    const onError = (error: NodeJS.ErrnoException): void => refuse(codeOf(error), error)
    socket.once('error', onError)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.off('error', onError)
      const bytes = byteSocket(socket)
      bytes.settle()
      done(bytes)
    })
  })

const codeOf = (error: NodeJS.ErrnoException) => (error.code === 'ETIMEDOUT' ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_REFUSED')
