/** Owns the work of `towline exec-server`. */
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { type ExecServer, LineWire, openExecServer } from '@towline/app-server'
import { createLog } from '@towline/base'
import { openProcesses } from '@towline/webtty'
import { type Io, line } from '../io.ts'
import { clientToken } from './client-token.ts'
import { untilClosed } from './until-closed.ts'
import { aborted } from './waiting.ts'

export interface ExecServerOptions {
  readonly listen?: string
  readonly tokenFile?: string
  readonly cwd?: string
}

/** Serves until it is told to end, or its only client is gone. */
export const run = async (io: Io, { listen, tokenFile, cwd }: ExecServerOptions): Promise<void> => {
  const server = openExecServer({
    processes: openProcesses(),
    env: io.env,
    cwd: resolve(cwd ?? '.'),
    shell: userInfo().shell ?? '/bin/sh',
    log: createLog({ level: 'warn', stream: io.stderr }),
  })
  try {
    if (listen === undefined) return await serveOnce(io, server)
    const { listenExecServer } = await import('../server/listen-exec-server.ts')
    const listening = await listenExecServer({ server, listen, token: await clientToken(tokenFile) })
    line(io, listening.url)
    if (listening.token) line(io, `token ${listening.token.reveal()}`)
    await aborted(io.signal)
    await listening.close()
  } finally {
    await server.close()
  }
}

const serveOnce = async (io: Io, server: ExecServer): Promise<void> => {
  const wire = new LineWire(io.stdin, io.stdout)
  if (io.signal.aborted) return wire.close()
  io.signal.addEventListener('abort', () => wire.close(), { once: true })
  await untilClosed(wire, server)
  io.stdin.destroy()
}
