/** Where the processes of a case run: which cores, which network namespace, which addresses reach which side. */
import { availableParallelism } from 'node:os'
import { findBinary } from './cache.mjs'

/**
 * Everything on one machine, by the `cores` a case asks for: `split` pins load and services to the first half and relays
 * to the rest; `one` puts all on one core, so that a serial exchange measures work and not the waking of idle cores.
 */
export function loopbackPlace({ cores }) {
  const pins = PINS[cores]?.() ?? {}
  return {
    relayAddress: '127.0.0.1',
    hostAddress: '127.0.0.1',
    pinned: pins.load ? `load on core ${pins.load}, relays on core ${pins.relay}` : 'not pinned',
    /** `side` is load (generators, services), relay (public side), host (tunnel side) or service (the upstream). */
    argv: (side, argv) => [...pin(side === 'load' || side === 'service' ? pins.load : pins.relay), ...argv],
  }
}

/** Two namespaces joined by a delay line: load and relay in A, host and service in B. */
export function delayedPlace({ a, b }) {
  const enter = (pid) => ['nsenter', `--net=/proc/${pid}/ns/net`]
  return {
    relayAddress: a.address,
    hostAddress: b.address,
    pinned: 'not pinned',
    argv: (side, argv) => [...enter(side === 'host' || side === 'service' ? b.pid : a.pid), ...argv],
  }
}

const PINS = { split: splitCores, one: () => (findBinary('taskset') ? { load: '0', relay: '0' } : {}) }

function splitCores() {
  const cores = availableParallelism()
  if (cores < 2 || !findBinary('taskset')) return {}
  const half = Math.floor(cores / 2)
  return { load: range(0, half - 1), relay: range(half, cores - 1) }
}

const range = (from, to) => (from === to ? `${from}` : `${from}-${to}`)
const pin = (cores) => (cores ? [findBinary('taskset'), '-c', cores] : [])
