/** Small keep-alive requests for some milliseconds: by wrk where it exists, else by the bench's own client. */
import { findBinary } from './cache.mjs'
import { runToEnd } from './child.mjs'

const GRACE_MS = 10_000

/** Which generator a run uses, for the report. */
export const httpLoadName = () => (findBinary('wrk') ? 'wrk' : 'bench/load/http.mjs')

/** Resolves with {requests, failures, seconds}. */
export async function httpLoad(face, { connections, ms }) {
  if (!findBinary('wrk')) return face.job('http', { connections, ms }, ms + GRACE_MS)
  return wrkLoad(face, { connections, ms, headers: face.headers ?? [] })
}

/** wrk with more headers; `Connection: close` makes each request a connection. */
export async function wrkLoad(face, { connections, ms, headers: more }) {
  const wrk = findBinary('wrk')
  const headers = [`Host: ${face.hostHeader}`, ...more].flatMap((line) => ['-H', line])
  const seconds = Math.max(1, Math.round(ms / 1000))
  const url = `http://${face.host}:${face.port}/`
  const argv = [wrk, '-t1', `-c${connections}`, `-d${seconds}s`, ...headers, url]
  const { code, output } = await runToEnd(face.place.argv('load', argv), { ms: ms + GRACE_MS })
  if (code !== 0) throw new Error(`wrk ended with ${code}: ${output}`)
  return parse(output)
}

function parse(output) {
  const [, requests, time, unit] = /(\d+) requests in ([\d.]+)(ms|s|m),/.exec(output) ?? []
  const failures = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0
  const socketErrors =
    /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output)?.slice(1) ?? []
  if (requests === undefined) throw new Error(`wrk said: ${output}`)
  const scale = { ms: 0.001, s: 1, m: 60 }[unit]
  const broken = Number(failures) + socketErrors.reduce((sum, count) => sum + Number(count), 0)
  return { requests: Number(requests), failures: broken, seconds: Number(time) * scale }
}
