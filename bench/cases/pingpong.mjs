/** One byte there and back on one connection: what each relay adds to direct. */
const RUN_MS = 600
const GRACE_MS = 10_000

export const pingpong = {
  name: 'pingpong',
  title: 'ping-pong, one connection, 1 byte (added = p50 - p50 of direct in the same round)',
  kind: 'tcp',
  cores: 'one',
  rounds: 5,
  reference: 'haproxy',
  peers: ['direct', 'haproxy', 'nginx', 'ssh', 'rathole', 'bore', 'frp', 'chisel', 'towline', 'towline-tls'],
  metrics: [
    { key: 'p50', unit: 'p50 µs', digits: 0, plain: true },
    { key: 'added', unit: 'added µs', digits: 0 },
    { key: 'p99', unit: 'p99 µs', digits: 0, plain: true },
  ],
  measure: (face) => face.job('ping', { ms: RUN_MS }, RUN_MS + GRACE_MS),
  /** Fills in what needs the other peers of the round. */
  finishRound(row) {
    for (const values of Object.values(row)) values.added = values.p50 - (row.direct?.p50 ?? Number.NaN)
  },
}
