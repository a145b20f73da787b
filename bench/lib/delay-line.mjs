/** Opens the delay line of delay.py; its namespaces vanish with its process. */
import { fileURLToPath } from 'node:url'
import { findBinary } from './cache.mjs'
import { parseJson, startChild } from './child.mjs'
import { delayedPlace } from './place.mjs'

const SCRIPT = fileURLToPath(new URL('./delay.py', import.meta.url))
const OPEN_MS = 5_000
const NEEDS = ['python3', 'unshare', 'nsenter', 'ip']

/** Why there can be no delay line here, or null. */
export function whyNoDelayLine() {
  const absent = NEEDS.filter((binary) => !findBinary(binary))
  if (absent.length > 0) return `needs ${absent.join(', ')}`
  return process.getuid?.() === 0 ? null : 'needs root (network namespaces and TUN)'
}

/** Resolves with { place, stop() }. */
export async function openDelayLine({ delayMs }) {
  const child = startChild([findBinary('unshare'), '--net', findBinary('python3'), SCRIPT, `${delayMs}`])
  try {
    return { place: delayedPlace(await child.line(parseJson, OPEN_MS)), stop: child.stop }
  } catch (error) {
    await child.stop()
    throw error
  }
}
