/** Owns ending a command with everything it started: asked first, killed after a grace, found again until none is left. */
import type { SignalName } from '@towline/protocol'
import { type Identity, isStill } from './proc-stat.ts'
import { type SweepAsk, sweep } from './process-sweep.ts'
import { type Sent, signalGroup, signalOne } from './send-signal.ts'

export interface EndTreeOptions extends SweepAsk {
  /** How they are asked. */
  readonly ask: readonly SignalName[]
  readonly graceMs: number
  readonly limits: { readonly webttySweeps: number }
}

/** CONT wakes those that are stopped; an interactive shell heeds HUP and not TERM. */
export const ASK_COMMAND: readonly SignalName[] = ['TERM', 'CONT']
export const ASK_TERMINAL: readonly SignalName[] = ['HUP', 'TERM', 'CONT']

/** Stops all before any is killed, so that none starts another meanwhile. */
const KILLING: readonly Sent[] = ['STOP', 'KILL']
const LOOK_MIN_MS = 2
const LOOK_MAX_MS = 100

/** Answers those that are left: they run as another user, or hang in the kernel. */
export const endTree = async (options: EndTreeOptions): Promise<readonly Identity[]> => {
  const { ask, graceMs, leader } = options
  sendAll(options, ask)
  const deadline = performance.now() + graceMs
  let waitMs = LOOK_MIN_MS
  while (performance.now() < deadline && (isStill(leader) || sweep(options).length > 0)) {
    await pause(Math.min(waitMs, deadline - performance.now()))
    waitMs = Math.min(waitMs * 2, LOOK_MAX_MS)
  }
  return killAll(options)
}

const killAll = async (options: EndTreeOptions): Promise<readonly Identity[]> => {
  for (let round = 0; round < options.limits.webttySweeps; round++) {
    if (sweep(options).length === 0) return []
    sendAll(options, KILLING)
    await pause(LOOK_MIN_MS * (round + 1))
  }
  return sweep(options)
}

const sendAll = (options: EndTreeOptions, names: readonly Sent[]): void => {
  for (const name of names) {
    signalGroup(options.leader, name)
    for (const who of sweep(options)) if (who.pid !== options.leader.pid) signalOne(who, name)
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))
