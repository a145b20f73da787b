/** The table of cases, in the order of a run. */
import { agentCases } from './agents.mjs'
import { appServerCases } from './app-server.mjs'
import { bulk1, bulk32 } from './bulk.mjs'
import { control } from './control.mjs'
import { fairness } from './fairness.mjs'
import { http64 } from './http64.mjs'
import { memory } from './memory.mjs'
import { newconn } from './newconn.mjs'
import { pingpong } from './pingpong.mjs'
import { rtt40 } from './rtt40.mjs'
import { startup } from './startup.mjs'
import { webttyCases } from './webtty.mjs'

/**
 * A case: { name, title, kind, kindOf?: {peer: kind}, cores?: 'split' or 'one' (lib/place.mjs), delayMs?: one way, fresh?: start
 * each peer again for each measure, rounds, reference, quietBy?: metric of direct that tells a noisy round, peers,
 * metrics: [{key, unit, digits, plain?: no quartiles and ratio}], measure(face) → {key: number}, finishRound?(row) }.
 * Those of a `group` run when the group or the case is named, not by themselves.
 * One with `alone` starts what it measures by itself: open() → what measure(opened, peer) gets, with close().
 */
export const CASES = new Map(
  [
    bulk1,
    bulk32,
    http64,
    newconn,
    pingpong,
    fairness,
    rtt40,
    memory,
    startup,
    control,
    ...webttyCases,
    ...agentCases,
    ...appServerCases,
  ].map((each) => [each.name, each]),
)
