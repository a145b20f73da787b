/** Owns the checks of the way to the server, from its name to its answer: each says what the one after it would hide. */
import { lookup } from 'node:dns/promises'
import { connect, isIP } from 'node:net'
import { AppError, LIMITS } from '@towline/protocol'
import { openServerHttp, presentedCertificates } from '@towline/sdk'
import { PATHLESS, SKIPPED } from './config-checks.ts'
import type { Check } from './examined.ts'
import { pass, skip, warn } from './report.ts'

const DAY_SECONDS = 24 * 3600
const SOON_DAYS = 7

export const checkDns: Check = async ({ route }) => {
  if (!route) return PATHLESS
  const { url, host, address, proxy } = route
  if (proxy) return skip('the proxy looks names up')
  if (isIP(host) !== 0) return skip(`${host} is an address`)
  const found = await lookup(address.host, { all: true }).catch((error: NodeJS.ErrnoException) => {
    throw new AppError('SERVER_UNREACHABLE', {
      url,
      problem: `its name is not known here (${error.code ?? 'unknown'})`,
    })
  })
  return pass(`${host} is ${found.map((one) => one.address).join(', ')}`)
}

export const checkTcp: Check = async ({ route, signal }) => {
  if (!route) return PATHLESS
  const { url, address, proxy } = route
  if (proxy) return skip('the proxy opens the connection')
  const startedAt = performance.now()
  await new Promise<void>((done, stop) => {
    const socket = connect({ ...address, autoSelectFamily: true, signal })
    socket.on('connect', () => {
      socket.destroy()
      done()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const problem = `nothing answers at ${address.host} port ${address.port} (${error.code ?? error.message})`
      stop(signal.aborted ? signal.reason : new AppError('SERVER_UNREACHABLE', { url, problem }))
    })
  })
  return pass(`${address.host} port ${address.port} answers in ${Math.round(performance.now() - startedAt)} ms`)
}

/** The verified exchange also tells whether it is a server of ours, and what its clock says. */
export const checkTls: Check = async (examined) => {
  const { connection, env, route, signal } = examined
  if (!connection || !route) return PATHLESS
  const { url, ca } = connection
  const http = openServerHttp({ url, ca, env })
  try {
    const answer = await http.ask('/api/health', { signal })
    if (answer.status === 421) throw new AppError('HOST_REFUSED')
    if (answer.status !== 200)
      throw new AppError('NOT_TOWLINE', { url, problem: `its health check answers ${answer.status}` })
    examined.reached = true
    const date = Date.parse(answer.headers.get('date') ?? '')
    if (!Number.isNaN(date)) examined.aheadSeconds = Math.round((date - Date.now()) / 1000)
  } finally {
    http.close()
  }
  if (!url.startsWith('https:')) return skip('plain http within this machine')
  const [leaf] = await presentedCertificates({ url, env }, signal)
  const days = Math.floor(((leaf?.notAfter ?? 0) - Date.now() / 1000) / DAY_SECONDS)
  const found = `${ca === undefined ? 'an authority of the system' : 'the pinned authority'} vouches for it, for ${days} more days`
  return days < SOON_DAYS ? warn(found, 'Renew the certificate on the server.') : pass(found)
}

export const checkClock: Check = ({ connection, aheadSeconds }) => {
  if (!connection) return SKIPPED
  if (aheadSeconds === undefined) return skip('the server did not say what time it is')
  const off = Math.abs(aheadSeconds)
  if (off <= LIMITS.clockSkewSeconds) return pass('this clock and the one of the server agree')
  const way = aheadSeconds > 0 ? 'behind' : 'ahead of'
  return warn(
    `this clock is ${off} seconds ${way} the server's`,
    'Set the clock of this machine, or of the server, by NTP.',
  )
}

export const checkServer: Check = async ({ connection, env, signal, version, reached }) => {
  if (!connection) return SKIPPED
  if (!reached) return skip('the server does not answer')
  const http = openServerHttp({ url: connection.url, ca: connection.ca, env })
  try {
    const answer = await http.ask('/api/status', { signal })
    const told = (await answer.json().catch(() => ({}))) as { readonly version?: unknown; readonly status?: unknown }
    if (typeof told.version !== 'string') return pass('it is healthy, and does not tell its version')
    const found = `version ${told.version}, status ${String(told.status)}`
    if (told.status !== 'ok') return warn(found, `Look at ${connection.url}/api/status and the log of the server.`)
    const same = minor(told.version) === minor(version)
    return same ? pass(found) : warn(`${found}; this is ${version}`, 'Upgrade the older of the two.')
  } finally {
    http.close()
  }
}

const minor = (version: string): string => version.split('.').slice(0, 2).join('.')
