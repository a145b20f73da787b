/** Small keep-alive requests over 64 connections through host routing: requests/s and CPU µs of the relays for each. */
import { httpLoad, httpLoadName } from '../lib/http-load.mjs'
import { cpuSeconds } from '../lib/proc.mjs'

const RUN_MS = 2_000

export const http64 = {
  name: 'http64',
  title: `small keep-alive requests, 64 connections, host routing (${httpLoadName()})`,
  kind: 'http',
  cores: 'split',
  rounds: 4,
  reference: 'nginx-http',
  quietBy: 'rps',
  peers: ['direct', 'haproxy-http', 'nginx-http', 'frp-http', 'towline-http', 'towline-http-token', 'towline-http-tls'],
  metrics: [
    { key: 'rps', unit: 'req/s', digits: 0 },
    { key: 'cpu', unit: 'CPU µs/req', digits: 1 },
    { key: 'failures', unit: 'failed', digits: 0, plain: true },
  ],
  async measure(face) {
    const before = cpuSeconds(face.pids)
    const { requests, failures, seconds } = await httpLoad(face, { connections: 64, ms: RUN_MS })
    if (failures > requests / 100) throw new Error(`${failures} of ${requests} requests failed`)
    return { rps: (requests - failures) / seconds, cpu: ((cpuSeconds(face.pids) - before) / requests) * 1e6, failures }
  },
}
