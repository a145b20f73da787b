/** Ping on one stream while another stream saturates the same tunnel, against the same ping on the idle tunnel. */
const RUN_MS = 800
const WARM_MS = 250
const GRACE_MS = 10_000
/** A pause between pings: the ping samples the queue, it does not load it. */
const PAUSE_MS = 1
const MANY_BYTES = 2 ** 36

export const fairness = {
  name: 'fairness',
  title: 'ping p99 on one stream while another saturates the tunnel',
  kind: 'tcp',
  rounds: 3,
  reference: 'haproxy',
  peers: ['direct', 'haproxy', 'nginx', 'ssh', 'rathole', 'bore', 'frp', 'chisel', 'towline', 'towline-tls'],
  metrics: [
    { key: 'idle', unit: 'idle p99 µs', digits: 0, plain: true },
    { key: 'loadedP50', unit: 'loaded p50 µs', digits: 0, plain: true },
    { key: 'loaded', unit: 'loaded p99 µs', digits: 0 },
    { key: 'times', unit: 'x idle', digits: 1, plain: true },
    { key: 'rate', unit: 'bulk GiB/s', digits: 2 },
  ],
  /** Idle is the better of before and after, so that noise there does not flatter the ratio. */
  async measure(face) {
    const before = await ping(face)
    const bulk = face.job('bulk', bulkJob(), bulkJob().ms + GRACE_MS)
    const [{ bytes, seconds }, loaded] = await Promise.all([bulk, pause(WARM_MS).then(() => ping(face))])
    const idle = Math.min(before.p99, (await ping(face)).p99)
    const rate = bytes / 2 ** 30 / seconds
    return { idle, loadedP50: loaded.p50, loaded: loaded.p99, times: loaded.p99 / idle, rate }
  },
}

const ping = (face) => face.job('ping', { ms: RUN_MS, pauseMs: PAUSE_MS }, RUN_MS + GRACE_MS)
const bulkJob = () => ({ direction: 'down', streams: 1, bytes: MANY_BYTES, ms: RUN_MS + 3 * WARM_MS })
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
