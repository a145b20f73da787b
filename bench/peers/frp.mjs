/** frp with its defaults (tcpMux on) except TLS, which is off for the plain rows; a TCP port and an HTTP virtual host. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findBinary } from '../lib/cache.mjs'

const HOST = 'web.dev.localhost'
const shared = { needs: ['frps', 'frpc'], version: ['frps', '--version'] }

export const frp = { ...shared, name: 'frp', kinds: ['tcp'], start: (context) => startFrp(context, tcp) }
export const frpHttp = { ...shared, name: 'frp-http', kinds: ['http'], start: (context) => startFrp(context, http) }

async function startFrp(context, proxy) {
  const control = await context.freePort()
  const port = await context.freePort()
  const server = join(context.dir, 'frps.toml')
  const client = join(context.dir, 'frpc.toml')
  await writeFile(server, proxy.server({ address: context.relayAddress, control, port }))
  await writeFile(
    client,
    clientConfig({ address: context.relayAddress, control }) + proxy.client({ port, local: context.upstreamPort }),
  )
  const relay = context.spawn('relay', [findBinary('frps'), '-c', server])
  await context.listening(control)
  const restart = () => context.spawn('host', [findBinary('frpc'), '-c', client])
  const host = restart()
  return { port, hostHeader: HOST, pids: [relay.pid, host.pid], hostSide: { child: host, restart } }
}

const clientConfig = ({ address, control }) => `serverAddr = "${address}"
serverPort = ${control}
log.level = "error"
transport.tls.enable = false
[[proxies]]
name = "bench"
localIP = "127.0.0.1"
`

const serverConfig = ({ address, control }) => `bindAddr = "${address}"
proxyBindAddr = "${address}"
bindPort = ${control}
log.level = "error"
`

const tcp = {
  server: serverConfig,
  client: ({ port, local }) => `type = "tcp"\nremotePort = ${port}\nlocalPort = ${local}\n`,
}

const http = {
  server: (ports) => `${serverConfig(ports)}vhostHTTPPort = ${ports.port}\n`,
  client: ({ local }) => `type = "http"\ncustomDomains = ["${HOST}"]\nlocalPort = ${local}\n`,
}
