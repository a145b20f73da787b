/** One stream over a path of 40 ms round trip: load and relay on one side of a delay line, tunnel host and service on the other. */
const RUN_MS = 2_500
const GRACE_MS = 15_000
const MBIT = 1e6 / 8

export const rtt40 = {
  name: 'rtt40',
  title: 'one stream at 40 ms round trip (TUN delay line, MTU 1500 with offload)',
  kind: 'tcp',
  delayMs: 20,
  rounds: 2,
  reference: 'direct',
  peers: ['direct', 'haproxy', 'ssh', 'rathole', 'frp', 'chisel', 'towline-tls'],
  metrics: [
    { key: 'down', unit: 'down Mbit/s', digits: 0 },
    { key: 'up', unit: 'up Mbit/s', digits: 0 },
  ],
  async measure(face) {
    return { down: await move(face, 'down'), up: await move(face, 'up') }
  },
}

async function move(face, direction) {
  const { bytes, seconds } = await face.job(
    'bulk',
    { direction, streams: 1, bytes: 2 ** 32, ms: RUN_MS },
    RUN_MS + GRACE_MS,
  )
  return bytes / seconds / MBIT
}
