/** Owns the work of `towline dial`. */
import { Duplex } from 'node:stream'
import { fromDuplex, hostPort } from '@towline/base'
import { dialListen, dialOnce, parseListen } from '@towline/operations'
import { parseTow } from '@towline/protocol'
import type { ServerOptions } from '../command.ts'
import { type Io, note } from '../io.ts'
import { styleFor } from '../output/style.ts'
import { AGENT } from '../version.ts'
import { connectionOf } from './connection.ts'

export interface DialOptions extends ServerOptions {
  readonly listen?: string
}

/** Joins stdio, and ends as the tunnel ends; or listens until it is told to end. */
export const run = async (io: Io, address: string, options: DialOptions): Promise<void> => {
  const tunnel = parseTow(address)
  const listen = options.listen === undefined ? undefined : parseListen(options.listen)
  const request = { connection: await connectionOf(io, options), tunnel, agent: AGENT, signal: io.signal }
  if (!listen) return await dialOnce({ ...request, local: fromDuplex(stdio(io)) })
  const style = styleFor(io, 'stderr')
  await dialListen({
    ...request,
    listen,
    onListening: ({ host, port }) => note(io, `${style.green('listening')} ${hostPort(host, port)} -> tow://${tunnel}`),
    onRefused: (error) => note(io, `${style.yellow('refused')} ${error.code}: ${error.message}`),
  })
}

/** Standard input and output as one stream: the end of the one does not end the other. */
const stdio = (io: Io): Duplex => {
  const { stdin } = io
  const stream = new Duplex({
    allowHalfOpen: true,
    read: () => void stdin.resume(),
    write: (chunk: Buffer, _encoding, done) => void io.stdout.write(chunk, done),
    final: (done) => {
      io.endStdout()
      // A person at a terminal should not have to press Ctrl-D for a connection that is over.
      if (io.isTty.stdin) stream.push(null)
      done()
    },
    destroy: (error, done) => {
      stdin.pause()
      done(error)
    },
  })
  stdin.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) stdin.pause()
  })
  stdin.on('end', () => stream.push(null))
  stdin.on('error', (error) => stream.destroy(error))
  return stream
}
