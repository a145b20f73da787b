/** `node bench/profile.mjs CASE [--peer towline] [--rounds N] [--top N]`: self time of relay and host side during a case. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CASES } from './cases/index.mjs'
import { stopAll } from './lib/child.mjs'
import { topFunctions } from './lib/cpu-profile.mjs'
import { startPeer } from './lib/peer.mjs'
import { loopbackPlace } from './lib/place.mjs'
import { table } from './lib/report.mjs'
import { PEERS, whyMissing } from './peers/index.mjs'

const INTERVAL_US = 500
const OPTIONS = {
  peer: { type: 'string' },
  rounds: { type: 'string', default: '3' },
  top: { type: 'string', default: '25' },
  keep: { type: 'boolean', default: false },
}

async function main() {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true })
  const each = CASES.get(positionals[0])
  const peer = PEERS.get(values.peer ?? (each?.kind === 'http' ? 'towline-http' : 'towline'))
  const refusal = refuse(each, peer)
  if (refusal) return refuseWith(refusal)
  const folder = await mkdtemp(join(tmpdir(), 'towline-profile-'))
  try {
    const pids = await runProfiled(each, { peer, folder, rounds: Number(values.rounds) })
    await printAll(folder, pids, Number(values.top))
  } finally {
    if (values.keep) console.log(`profiles: ${folder}`)
    else await rm(folder, { recursive: true, force: true })
  }
}

function refuse(each, peer) {
  if (!each || each.delayMs !== undefined)
    return `CASE is one of: ${[...CASES.keys()].filter((name) => name !== 'rtt40').join(' ')}`
  if (!peer) return `no such peer; one of: ${[...PEERS.keys()].join(' ')}`
  if (!peer.kinds.includes(each.kind)) return `${peer.name} does not speak ${each.kind}`
  const missing = whyMissing(peer)
  return missing ? `${peer.name}: ${missing}` : null
}

function refuseWith(sentence) {
  console.error(sentence)
  process.exitCode = 2
}

/** Runs the measure some times with the profiler on; the profiles are written when the processes end. */
async function runProfiled(each, { peer, folder, rounds }) {
  const nodeFlags = ['--cpu-prof', `--cpu-prof-interval=${INTERVAL_US}`, `--cpu-prof-dir=${folder}`]
  const face = await startPeer(peer, { kind: each.kind, place: loopbackPlace(each), nodeFlags })
  try {
    for (let round = 0; round < rounds; round += 1) {
      const values = await each.measure(face)
      console.log(each.metrics.map(({ key, unit, digits }) => `${values[key]?.toFixed(digits)} ${unit}`).join('  '))
    }
  } finally {
    await face.stop()
  }
  return face.pids
}

async function printAll(folder, pids, count) {
  const files = await readdir(folder)
  for (const [index, side] of ['relay', 'host'].entries()) {
    const file = files.find((name) => name.includes(`.${pids[index]}.`))
    console.log(`\n${side} side (pid ${pids[index]})`)
    if (!file) console.log('  no profile: the process did not end cleanly, or is not Node')
    else print(topFunctions(join(folder, file), count))
  }
}

function print({ totalMs, idleMs, rows }) {
  const lines = rows.map(({ name, place, ms, share }) => [`${(share * 100).toFixed(1)} %`, ms.toFixed(0), name, place])
  console.log(`  ${totalMs.toFixed(0)} ms busy, ${idleMs.toFixed(0)} ms idle`)
  console.log(table([['self', 'ms', 'function', 'place'], ...lines]).join('\n'))
}

try {
  await main()
} catch (error) {
  refuseWith(error.message)
} finally {
  await stopAll()
}
