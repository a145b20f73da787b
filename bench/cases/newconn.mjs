/** New connections: 16 clients, each connection carries one byte there and back. */
import { cpuSeconds } from '../lib/proc.mjs'

const RUN_MS = 1_000
const GRACE_MS = 10_000

export const newconn = {
  name: 'newconn',
  title: 'new connections, 16 clients',
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
    const { connections, failures, seconds } = await face.job('newconn', { clients: 16, ms: RUN_MS }, RUN_MS + GRACE_MS)
    return { cps: connections / seconds, cpu: ((cpuSeconds(face.pids) - before) / connections) * 1e6, failures }
  },
}
