/** bore; its control port is fixed, so the server gets a loopback address of its own. */
import { findBinary } from '../lib/cache.mjs'

export const bore = {
  name: 'bore',
  kinds: ['tcp'],
  needs: ['bore'],
  version: ['bore', '--version'],
  async start(context) {
    const port = await context.freePort()
    const address =
      context.relayAddress === '127.0.0.1' ? `127.77.${port >> 8}.${port & 255 || 1}` : context.relayAddress
    const relay = context.spawn('relay', [
      ...[findBinary('bore'), 'server', '--bind-addr', address],
      ...['--min-port', `${port}`, '--max-port', `${port}`],
    ])
    await context.listening(CONTROL_PORT, address)
    const argv = [findBinary('bore'), 'local', `${context.upstreamPort}`, '--to', address, '--port', `${port}`]
    const restart = () => context.spawn('host', argv)
    const host = restart()
    return { host: address, port, pids: [relay.pid, host.pid], hostSide: { child: host, restart } }
  },
}

const CONTROL_PORT = 7835
