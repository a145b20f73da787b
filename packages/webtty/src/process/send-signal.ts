/** Owns signals to processes: never to one that only has the pid of another that is gone. */
import type { SignalName, SignalTarget } from '@towline/protocol'
import { type Identity, isStill, ownsGroup, procStat } from './proc-stat.ts'

/** What we send; clients may not stop what they cannot see. */
export type Sent = SignalName | 'STOP'

const kill = (pid: number, name: Sent): boolean => {
  try {
    return process.kill(pid, `SIG${name}`)
  } catch {
    return false
  }
}

/** Signals one process. False when it is gone or may not be signalled. */
export const signalOne = (who: Identity, name: Sent): boolean => isStill(who) && kill(who.pid, name)

/** Signals all of the group at once, so that none forks past it; in the first moments of a process, it alone. */
export const signalGroup = (leader: Identity, name: Sent): boolean =>
  ownsGroup(leader) && (kill(-leader.pid, name) || signalOne(leader, name))

/** Whatever runs in front on the terminal of the process; its own group where it has no terminal. */
const signalForeground = (leader: Identity, name: Sent): boolean => {
  const stat = procStat(leader.pid)
  const foreground = stat?.startedTicks === leader.startedTicks ? stat.foreground : 0
  // A group of the leader's own session: only its processes can be in front on its terminal.
  return foreground > 1 && foreground !== leader.pid ? kill(-foreground, name) : signalGroup(leader, name)
}

const SENDERS: Readonly<Record<SignalTarget, (leader: Identity, name: Sent) => boolean>> = {
  leader: signalOne,
  group: signalGroup,
  foreground: signalForeground,
}

/** Sends a signal to the leader of a process, its group, or what it runs in front. False when nobody got it. */
export const sendSignal = (leader: Identity, name: SignalName, target: SignalTarget): boolean =>
  SENDERS[target](leader, name)
