/** rathole, plain TCP transport (its own encryption off), one service. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findBinary } from '../lib/cache.mjs'

export const rathole = {
  name: 'rathole',
  kinds: ['tcp'],
  needs: ['rathole'],
  version: ['rathole', '--version'],
  async start(context) {
    const control = await context.freePort()
    const port = await context.freePort()
    const server = join(context.dir, 'server.toml')
    const client = join(context.dir, 'client.toml')
    const { relayAddress, upstreamPort } = context
    await writeFile(
      server,
      section('server', `bind_addr = "${relayAddress}:${control}"`, `bind_addr = "${relayAddress}:${port}"`),
    )
    await writeFile(
      client,
      section('client', `remote_addr = "${relayAddress}:${control}"`, `local_addr = "127.0.0.1:${upstreamPort}"`),
    )
    const relay = context.spawn('relay', [findBinary('rathole'), '--server', server])
    await context.listening(control)
    const restart = () => context.spawn('host', [findBinary('rathole'), '--client', client])
    const host = restart()
    return { port, pids: [relay.pid, host.pid], hostSide: { child: host, restart } }
  },
}

const section = (role, address, service) => `[${role}]
${address}
default_token = "bench"
[${role}.services.bench]
nodelay = true
${service}
`
