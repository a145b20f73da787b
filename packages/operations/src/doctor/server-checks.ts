/** Owns the checks of what the server lets us do: the token, a link, the tunnels, and a tunnel of our own there and back. */
import { randomBytes } from 'node:crypto'
import { AppError } from '@towline/protocol'
import { dialDuplex, openSession, type Serve } from '@towline/sdk'
import { readContexts } from '../context/contexts.ts'
import { listTunnels } from '../inventory/list-tunnels.ts'
import { proveToken } from '../login/prove-token.ts'
import { SKIPPED } from './config-checks.ts'
import type { Check, Examined } from './examined.ts'
import { type Finding, pass, skip, warn } from './report.ts'

const UNREACHED = skip('the server does not answer')
const UNLINKED = skip('there is no link')

export const checkToken: Check = async ({ connection, env, reached, signal }) => {
  if (!connection) return SKIPPED
  if (!reached) return UNREACHED
  await proveToken(connection, signal)
  const { contexts } = await readContexts(env)
  const login = contexts.find(({ name }) => name === connection.context)?.login
  if (typeof connection.token === 'string' || !login) return pass('the server takes the token')
  const until = new Date(login.expiresAt * 1000).toISOString().replace(/\.\d+/, '')
  return pass(`the server takes the login (${login.permissions.join(', ')}); it is renewed by itself, next at ${until}`)
}

export const checkLink: Check = async (examined) => {
  const { connection, agent, reached, signal } = examined
  if (!connection) return SKIPPED
  if (!reached) return UNREACHED
  const startedAt = performance.now()
  const session = openSession({ ...connection, agent })
  examined.session = session
  await session.online(signal)
  const { state } = session
  const project = state.status === 'online' ? state.welcome.project.slug : ''
  return pass(`a link to the project ${project} stands in ${Math.round(performance.now() - startedAt)} ms`)
}

export const checkTunnels: Check = async ({ connection, reached, signal }) => {
  if (!connection) return SKIPPED
  if (!reached) return UNREACHED
  try {
    const tunnels = await listTunnels(connection, { signal })
    const offline = tunnels.filter(({ status }) => status !== 'online').map(({ name }) => name)
    const found = `${tunnels.length} tunnels, ${tunnels.length - offline.length} of them online`
    if (offline.length === 0) return pass(found)
    return warn(`${found}; not ${offline.slice(0, 5).join(', ')}`, 'Look at the machines that serve them.')
  } catch (error) {
    if (error instanceof AppError && error.code === 'FORBIDDEN') return skip('this credential may not list tunnels')
    throw error
  }
}

/** Bytes go out by a private tunnel and come back the same. */
export const checkRoundTrip: Check = async ({ connection, deep, session, signal }) => {
  if (!connection) return SKIPPED
  if (!deep) return skip('only with --deep')
  if (session?.state.status !== 'online') return UNLINKED
  const tunnel = await session.open({ kind: 'private' }, echo, signal)
  try {
    return await roundTrip(session, tunnel.tunnel.name, signal)
  } finally {
    tunnel.close()
  }
}

const roundTrip = async (
  session: NonNullable<Examined['session']>,
  name: string,
  signal: AbortSignal,
): Promise<Finding> => {
  const sent = randomBytes(1024)
  const startedAt = performance.now()
  const stream = await dialDuplex(session, name, signal)
  const got: Buffer[] = []
  stream.end(sent)
  for await (const part of stream) got.push(part as Buffer)
  if (!Buffer.concat(got).equals(sent)) {
    throw new AppError('PROOF_FAILED', { step: 'round trip', problem: 'other bytes came back than were sent' })
  }
  return pass(`bytes go through a private tunnel and back in ${Math.round(performance.now() - startedAt)} ms`)
}

const echo: Serve = (stream) => {
  stream.sink = {
    data: (bytes) => void stream.write(new Uint8Array(bytes)),
    ended: () => stream.end(),
    drained() {},
    closed() {},
  }
  stream.resume()
}
