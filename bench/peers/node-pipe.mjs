/** Two chained Node processes that only `socket.pipe()`: what Node itself costs; not in the default lists, ask by --peers. */
import { fileURLToPath } from 'node:url'
import { parseJson } from '../lib/child.mjs'

const SCRIPT = fileURLToPath(new URL('../load/pipe.mjs', import.meta.url))
const START_MS = 5_000

export const nodePipe = {
  name: 'node-pipe',
  kinds: ['tcp'],
  needs: [],
  async start(context) {
    const host = await startHop(context, 'host', {
      listen: context.hostAddress,
      to: '127.0.0.1',
      port: context.upstreamPort,
    })
    const relay = await startHop(context, 'relay', {
      listen: context.relayAddress,
      to: context.hostAddress,
      port: host.port,
    })
    return { port: relay.port, pids: [relay.child.pid, host.child.pid] }
  },
}

async function startHop(context, side, job) {
  const child = context.spawn(side, [process.execPath, ...context.nodeFlags, SCRIPT, JSON.stringify(job)])
  const { port } = await child.line(parseJson, START_MS)
  return { child, port }
}
