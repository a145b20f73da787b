/** New connections: 16 clients, each connection carries a small question and answer; the far end closes. */
import { findBinary } from '../lib/cache.mjs'
import { httpLoadName, wrkLoad } from '../lib/http-load.mjs'
import { cpuSeconds } from '../lib/proc.mjs'

const CLIENTS = 16
const RUN_MS = 1_000
const GRACE_MS = 10_000

export const newconn = {
  name: 'newconn',
  title: `new connections, 16 clients (${httpLoadName()})`,
  kind: 'tcp',
  cores: 'split',
  rounds: 5,
  reference: 'haproxy',
  quietBy: 'cps',
  peers: ['direct', 'haproxy', 'nginx', 'ssh', 'rathole', 'bore', 'frp', 'chisel', 'towline', 'towline-tls'],
  metrics: [
    { key: 'cps', unit: 'conn/s', digits: 0 },
    { key: 'cpu', unit: 'CPU µs/conn', digits: 0 },
    { key: 'failures', unit: 'failed', digits: 0, plain: true },
  ],
  async measure(face) {
    const before = cpuSeconds(face.pids)
    const { connections, failures, seconds } = await connect(face)
    return { cps: connections / seconds, cpu: ((cpuSeconds(face.pids) - before) / connections) * 1e6, failures }
  },
}

/** By wrk where it exists: it costs the load core least. */
async function connect(face) {
  if (!findBinary('wrk')) return face.job('newconn', { clients: CLIENTS, ms: RUN_MS }, RUN_MS + GRACE_MS)
  const load = await wrkLoad(face, { connections: CLIENTS, ms: RUN_MS, headers: ['Connection: close'] })
  return { connections: load.requests, failures: load.failures, seconds: load.seconds }
}
