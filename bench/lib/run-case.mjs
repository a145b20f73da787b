/** Runs one case: which peers take part, the gate, the rounds, the summary. */
import { PEERS, whyMissing } from '../peers/index.mjs'
import { openDelayLine, whyNoDelayLine } from './delay-line.mjs'
import { gate } from './gate.mjs'
import { startPeer } from './peer.mjs'
import { loopbackPlace } from './place.mjs'
import { dropNoisy, runRounds, summarize } from './rounds.mjs'

/** Resolves with { name, title, metrics, rows, skipped, failed, dropped, placement, seconds }. */
export async function runCase(each, { names, rounds, log }) {
  const startedAt = performance.now()
  const base = {
    name: each.name,
    group: each.group,
    title: each.title,
    metrics: each.metrics,
    reference: each.reference,
  }
  if (each.alone) return runAlone(each, { base, rounds, log })
  const absent = each.delayMs === undefined ? null : whyNoDelayLine()
  if (absent)
    return { ...base, rows: {}, skipped: { [each.name]: absent }, failed: {}, dropped: 0, placement: '', seconds: 0 }
  const { peers, skipped, failed } = await choosePeers(each, { names, log })
  const line = each.delayMs === undefined ? null : await openDelayLine(each)
  const place = line?.place ?? loopbackPlace(each)
  try {
    const result = await timePeers(each, { peers, place, rounds, failed, log })
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    return { ...base, ...result, skipped, failed, placement: place.pinned, seconds }
  } finally {
    await line?.stop()
  }
}

/** The product by itself, or beside what the case starts on its own: no gate and no upstream. */
async function runAlone(each, { base, rounds, log }) {
  const startedAt = performance.now()
  const names = each.peers
  const opened = await each.open()
  try {
    const measure = logged(each, (name) => each.measure(opened, name), log)
    const run = await runRounds(names, { rounds: rounds ?? each.rounds, measure })
    const timed = names.filter((name) => !run.errors[name])
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    const rows = summarize(run.rounds, timed, each)
    return { ...base, rows, skipped: {}, failed: run.errors, dropped: 0, placement: 'not pinned', seconds }
  } finally {
    await opened.close()
  }
}

const kindOf = (each, peer) => each.kindOf?.[peer.name] ?? each.kind

async function choosePeers(each, { names, log }) {
  const skipped = {}
  const failed = {}
  const peers = []
  for (const peer of names.map((name) => PEERS.get(name))) {
    const missing = whyMissing(peer)
    const wrong = missing ? null : await gate(peer, kindOf(each, peer))
    if (missing) skipped[peer.name] = missing
    else if (wrong) failed[peer.name] = wrong
    else peers.push(peer)
    if (wrong) log(`${each.name}: ${peer.name} is not timed: ${wrong}`)
  }
  return { peers, skipped, failed }
}

async function timePeers(each, { peers, place, rounds, failed, log }) {
  const faces = new Map()
  const start = async (peer) => startPeer(peer, { kind: kindOf(each, peer), place })
  try {
    if (!each.fresh) await startAll(peers, { faces, start, failed })
    const names = peers.map((peer) => peer.name).filter((name) => !failed[name])
    const measure = each.fresh ? measureFresh(each, start) : (name) => each.measure(faces.get(name))
    const run = await runRounds(names, { rounds: rounds ?? each.rounds, measure: logged(each, measure, log) })
    Object.assign(failed, run.errors)
    for (const row of run.rounds) each.finishRound?.(row)
    const kept = each.quietBy ? dropNoisy(run.rounds, each.quietBy) : run.rounds
    const timed = names.filter((name) => !failed[name])
    return { rows: summarize(kept, timed, each), dropped: run.rounds.length - kept.length }
  } finally {
    await Promise.all([...faces.values()].map((face) => face.stop()))
  }
}

async function startAll(peers, { faces, start, failed }) {
  for (const peer of peers) {
    try {
      faces.set(peer.name, await start(peer))
    } catch (error) {
      failed[peer.name] = error.message
    }
  }
}

function measureFresh(each, start) {
  return async (name) => {
    const face = await start(PEERS.get(name))
    try {
      return await each.measure(face)
    } finally {
      await face.stop()
    }
  }
}

function logged(each, measure, log) {
  return async (name) => {
    const values = await measure(name)
    const shown = each.metrics
      .filter(({ key }) => key in values)
      .map(({ key, digits }) => `${key}=${values[key].toFixed(digits)}`)
    log(`${each.name} ${name} ${shown.join(' ')}`)
    return values
  }
}
