/** chisel in reverse mode; always encrypted (SSH inside WebSocket), so compare it with the TLS rows. */
import { findBinary } from '../lib/cache.mjs'

export const chisel = {
  name: 'chisel',
  kinds: ['tcp'],
  needs: ['chisel'],
  version: ['chisel', '--version'],
  async start(context) {
    const control = await context.freePort()
    const port = await context.freePort()
    const { relayAddress, upstreamPort } = context
    const relay = context.spawn('relay', [
      findBinary('chisel'),
      'server',
      '--reverse',
      '--host',
      relayAddress,
      '--port',
      `${control}`,
    ])
    await context.listening(control)
    const remote = `R:${relayAddress}:${port}:127.0.0.1:${upstreamPort}`
    const restart = () =>
      context.spawn('host', [findBinary('chisel'), 'client', `http://${relayAddress}:${control}`, remote])
    const host = restart()
    return { port, pids: [relay.pid, host.pid], hostSide: { child: host, restart } }
  },
}
