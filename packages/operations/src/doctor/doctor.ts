/** Owns examining everything between this machine and its server, in the order in which things break. */
import { AppError, LIMITS } from '@towline/protocol'
import { checkAgents } from './agents-check.ts'
import { checkConfig, checkContext, checkProxy } from './config-checks.ts'
import { type Check, type DoctorRequest, type Examined } from './examined.ts'
import { checkClock, checkDns, checkServer, checkTcp, checkTls } from './network-checks.ts'
import { type DoctorReport, type DoctorRow, fail, type Finding } from './report.ts'
import { checkLink, checkRoundTrip, checkToken, checkTunnels } from './server-checks.ts'
import { checkWebtty } from './webtty-check.ts'

const CHECKS: readonly (readonly [id: string, check: Check])[] = [
  ['config', checkConfig],
  ['context', checkContext],
  ['proxy', checkProxy],
  ['dns', checkDns],
  ['tcp', checkTcp],
  ['tls', checkTls],
  ['clock', checkClock],
  ['server', checkServer],
  ['token', checkToken],
  ['link', checkLink],
  ['tunnels', checkTunnels],
  ['round-trip', checkRoundTrip],
  ['webtty', checkWebtty],
  ['agents', checkAgents],
]

/** Rejects only with the signal's reason: whatever else goes wrong is a row. Nothing it opened is left open. */
export const doctor = async ({ signal, ...request }: DoctorRequest): Promise<DoctorReport> => {
  const rows: DoctorRow[] = []
  const found: { -readonly [key in keyof Examined]: Examined[key] } = { ...request, signal }
  try {
    for (const [id, check] of CHECKS) {
      found.signal = AbortSignal.any([signal, AbortSignal.timeout(LIMITS.doctorStepMs)])
      rows.push({ id, ...(await findingOf(check, found)) })
      signal.throwIfAborted()
    }
  } finally {
    await found.session?.close()
  }
  const { connection, version } = found
  return { ...(connection && { url: connection.url }), version, rows }
}

const findingOf = async (check: Check, examined: Examined): Promise<Finding> => {
  try {
    return await check(examined)
  } catch (error) {
    if (error instanceof AppError) return fail(error)
    if (!examined.signal.aborted) throw error
    const url = examined.connection?.url ?? ''
    return fail(new AppError('SERVER_UNREACHABLE', { url, problem: 'it did not answer in time' }))
  }
}
