/** The table of peers, and which of them this machine can run. */
import { findBinary } from '../lib/cache.mjs'
import { bore } from './bore.mjs'
import { chisel } from './chisel.mjs'
import { direct } from './direct.mjs'
import { frp, frpHttp } from './frp.mjs'
import { haproxyHttp, haproxyTcp } from './haproxy.mjs'
import { nginxHttp, nginxStream } from './nginx.mjs'
import { nodePipe } from './node-pipe.mjs'
import { openssh } from './openssh.mjs'
import { rathole } from './rathole.mjs'
import { ssh } from './ssh.mjs'
import { towlinePeers } from './towline.mjs'
import { bareShell, webttyPeers } from './webtty.mjs'

/**
 * A peer: { name, kinds, needs: [binary], missing?() → sentence, version: argv,
 * start(context) → { port, host?, hostHeader?, headers?, pids, hostSide?: { child, restart }, shell? } }; see lib/peer.mjs.
 * Those of kind `shell` answer `shell`, how load processes reach it, instead of a port (load/shell/reach.mjs).
 */
export const PEERS = new Map(
  [
    direct,
    haproxyTcp,
    haproxyHttp,
    nginxStream,
    nginxHttp,
    ssh,
    nodePipe,
    rathole,
    bore,
    frp,
    frpHttp,
    chisel,
    ...towlinePeers,
    bareShell,
    openssh,
    ...webttyPeers,
  ].map((peer) => [peer.name, peer]),
)

/** Why a peer cannot run here, or null. */
export function whyMissing(peer) {
  const absent = peer.needs.filter((binary) => !findBinary(binary))
  if (absent.length > 0) return `needs ${absent.join(', ')}`
  return peer.missing?.() || null
}

/** The version argv with its binary resolved, for versionOf(). */
export function versionArgv(peer) {
  if (!peer.version) return null
  const [binary, ...flags] = peer.version
  return [binary.startsWith('/') ? binary : findBinary(binary), ...flags]
}
