/** Bulk bytes, one stream and 32, down and up: GiB/s and CPU seconds of the relay processes for each GiB. */
import { cpuSeconds } from '../lib/proc.mjs'

const GIB = 2 ** 30
/** A slow peer is cut off here; its CPU is divided by the bytes it moved. */
const CAP_MS = 800
const SETTLE_MS = 50
const GRACE_MS = 15_000

export const bulk1 = bulk('bulk1', 1)
export const bulk32 = bulk('bulk32', 32)

function bulk(name, streams) {
  return {
    name,
    title: `bulk, ${streams} stream${streams === 1 ? '' : 's'}: 1 GiB each way, or ${CAP_MS} ms`,
    kind: 'tcp',

    rounds: 3,
    reference: 'haproxy',
    quietBy: 'down',
    peers: ['direct', 'haproxy', 'nginx', 'ssh', 'rathole', 'bore', 'frp', 'chisel', 'towline', 'towline-tls'],
    metrics: [
      { key: 'down', unit: 'GiB/s', digits: 2 },
      { key: 'downCpu', unit: 'CPU s/GiB', digits: 2 },
      { key: 'up', unit: 'GiB/s', digits: 2 },
      { key: 'upCpu', unit: 'CPU s/GiB', digits: 2 },
    ],
    async measure(face) {
      const down = await move(face, { streams, direction: 'down' })
      const up = await move(face, { streams, direction: 'up' })
      return { down: down.rate, downCpu: down.cpu, up: up.rate, upCpu: up.cpu }
    },
  }
}

async function move(face, job) {
  const before = cpuSeconds(face.pids)
  const { bytes, seconds } = await face.job('bulk', { ...job, bytes: GIB, ms: CAP_MS }, CAP_MS + GRACE_MS)
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  return { rate: bytes / GIB / seconds, cpu: (cpuSeconds(face.pids) - before) / (bytes / GIB) }
}
