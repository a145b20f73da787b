/** Resident memory: started and silent, after a burst on 32 streams, and what an idle connection holds. */
import { rssMiB } from '../lib/proc.mjs'

const BURST_BYTES = 2 ** 30
const BURST_MS = 1_000
const SETTLE_MS = 500
/** Under the 4,096 connections that one Towline tunnel allows. */
const CONNECTIONS = 4_000
const GRACE_MS = 40_000
const IDLE_MS = 1_000

export const memory = {
  name: 'memory',
  title: `memory: idle, after a 32-stream burst (larger process), and for each of ${CONNECTIONS} idle connections (both processes)`,
  kind: 'tcp',
  fresh: true,
  rounds: 1,
  reference: 'haproxy',
  peers: ['haproxy', 'nginx', 'ssh', 'rathole', 'bore', 'frp', 'chisel', 'towline', 'towline-tls'],
  metrics: [
    { key: 'idle', unit: 'idle MiB', digits: 0 },
    { key: 'burst', unit: 'after burst MiB', digits: 0 },
    { key: 'perIdle', unit: 'KiB/idle conn', digits: 1 },
    { key: 'refused', unit: 'not opened', digits: 0, plain: true },
  ],
  /** Idle connections first: a burst would leave free memory behind that hides what they take. */
  async measure(face) {
    await pause(IDLE_MS)
    const idle = rssMiB(face.pids)
    const { perIdle, refused } = await holdIdle(face, total(idle))
    await face.job('bulk', { direction: 'down', streams: 32, bytes: BURST_BYTES, ms: BURST_MS }, GRACE_MS)
    await face.job('bulk', { direction: 'up', streams: 32, bytes: BURST_BYTES, ms: BURST_MS }, GRACE_MS)
    await pause(SETTLE_MS)
    return { idle: Math.max(...idle), burst: Math.max(...rssMiB(face.pids)), perIdle, refused }
  },
}

async function holdIdle(face, before) {
  const holder = face.start('idle', { connections: CONNECTIONS })
  try {
    const { open } = await holder.line((line) => (line.startsWith('{') ? JSON.parse(line) : null), GRACE_MS)
    await pause(SETTLE_MS)
    const grown = total(rssMiB(face.pids)) - before
    return { perIdle: (grown * 1024) / open, refused: CONNECTIONS - open }
  } finally {
    await holder.stop()
  }
}

const total = (values) => values.reduce((sum, value) => sum + value, 0)
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
