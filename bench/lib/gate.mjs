/** The correctness gate: a peer that loses or changes a byte is reported and not timed. */
import { loopbackPlace } from './place.mjs'
import { startPeer } from './peer.mjs'

const GATE_MS = 70_000
const verdicts = new Map()

/** Null when the peer passed for this kind of tunnel, else what went wrong; each is asked once a run. */
export async function gate(peer, kind) {
  const key = `${peer.name} ${kind}`
  if (!verdicts.has(key)) verdicts.set(key, await ask(peer, kind))
  return verdicts.get(key)
}

async function ask(peer, kind) {
  let face = null
  try {
    face = await startPeer(peer, { kind, place: loopbackPlace({}) })
    const { failed } = await face.job(kind === 'shell' ? 'shell/gate' : 'gate', {}, GATE_MS)
    return failed.length === 0 ? null : failed.join('; ')
  } catch (error) {
    return error.message
  } finally {
    await face?.stop()
  }
}
