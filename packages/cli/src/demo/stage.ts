/** Owns what the demo runs on: a server in a temporary home, the sample service, and the two tunnels that lead to it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Closer, createLog } from '@towline/base'
import { type Connection, type Env, forward, type ForwardState, parseTarget } from '@towline/operations'
import { AppError, type Kind, LIMITS, type Tunnel } from '@towline/protocol'
import type { Io } from '../io.ts'
import { levelOf } from '../run/up.ts'
import { openServer, type Server } from '../server/open-server.ts'
import { AGENT } from '../version.ts'
import { openSampleService } from './sample-service.ts'

export interface Stage {
  readonly server: Server
  readonly connection: Connection
  readonly published: Tunnel
  readonly dialed: Tunnel
  /** Rejects when a tunnel ends although nobody asked for it. */
  readonly broken: Promise<never>
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const PROJECT = 'dev'

/** Nothing of it touches the state of the user; all of it is gone after `close`. */
export const openStage = async (io: Io): Promise<Stage> => {
  const closer = new Closer()
  try {
    const home = await mkdtemp(join(tmpdir(), 'towline-demo-'))
    closer.add(() => rm(home, { recursive: true, force: true }))
    const server = await serve(io, { TOWLINE_HOME: home })
    closer.add(() => server.close())
    const sample = await openSampleService()
    closer.add(() => sample.close())
    const { url, token, ca } = server.context
    const connection = { url, token, ...(ca === undefined ? {} : { ca }) }
    const [published, dialed] = await Promise.all([
      host({ connection, port: sample.port, kind: 'http', name: 'sample' }, closer),
      host({ connection, port: sample.port, kind: 'private', name: 'sample-private' }, closer),
    ])
    const broken = Promise.race([published.ended, dialed.ended])
    broken.catch(() => undefined)
    return {
      server,
      connection,
      published: published.tunnel,
      dialed: dialed.tunnel,
      broken,
      close: () => closer.close(),
    }
  } catch (error) {
    await closer.close()
    throw error
  }
}

/** On the port people know when it is free, else on any. */
const serve = async (io: Io, env: Env): Promise<Server> => {
  const options = {
    env,
    log: createLog({ level: io.env['TOWLINE_LOG'] ? levelOf(io) : 'warn', stream: io.stderr }),
    dir: join(env['TOWLINE_HOME'] ?? '', 'data'),
    domain: 'localhost',
    project: PROJECT,
    signal: io.signal,
  }
  try {
    return await openServer({ ...options, listen: { host: HOST, port: 8080 } })
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'PORT_IN_USE') throw error
    return await openServer({ ...options, listen: { host: HOST, port: 0 } })
  }
}

interface Hosting {
  readonly connection: Connection
  readonly port: number
  readonly kind: Kind
  readonly name: string
}

/** Resolves when the tunnel is online; `ended` rejects when it ends before it was closed. */
const host = async ({ connection, port, kind, name }: Hosting, closer: Closer) => {
  const ending = new AbortController()
  let tellOnline = (_tunnel: Tunnel): void => {}
  const online = new Promise<Tunnel>((done) => {
    tellOnline = done
  })
  const onState = ({ status, tunnel }: ForwardState): void => {
    if (status === 'online' && tunnel) tellOnline(tunnel)
  }
  const target = parseTarget(`${HOST}:${port}`)
  const spec = { kind, name, labels: { purpose: 'demo' } }
  const running = forward({ connection, target, spec, transport: 'auto', agent: AGENT, signal: ending.signal, onState })
  closer.add(async () => {
    ending.abort()
    await running.catch(() => undefined)
  })
  const ended = running.then((): never => {
    throw new AppError('PROOF_FAILED', { step: 'tunnel', problem: `the tunnel ${name} ended` })
  })
  ended.catch(() => undefined)
  const late = AbortSignal.timeout(LIMITS.demoStepMs)
  const expired = new Promise<never>((_done, fail) => {
    late.addEventListener('abort', () =>
      fail(new AppError('PROOF_FAILED', { step: 'tunnel', problem: `${name} is not online` })),
    )
  })
  return { tunnel: await Promise.race([online, ended, expired]), ended }
}
