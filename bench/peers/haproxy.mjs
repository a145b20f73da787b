/** Two chained haproxys, one thread each: tcp mode, and http mode that picks the backend by Host. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findBinary } from '../lib/cache.mjs'

const HOST = 'web.dev.localhost'

export const haproxyTcp = {
  name: 'haproxy',
  kinds: ['tcp'],
  needs: ['haproxy'],
  version: ['haproxy', '-v'],
  start: (context) => startChain(context, { mode: 'tcp', front: (port) => tcp(port) }),
}

export const haproxyHttp = {
  name: 'haproxy-http',
  kinds: ['http'],
  needs: ['haproxy'],
  version: ['haproxy', '-v'],
  start: (context) => startChain(context, { mode: 'http', front: (port) => http(port) }),
}

async function startChain(context, { mode, front }) {
  const inner = await context.freePort()
  const outer = await context.freePort()
  const back = { listen: `${context.hostAddress}:${inner}`, target: `127.0.0.1:${context.upstreamPort}` }
  const edge = { listen: `${context.relayAddress}:${outer}`, target: back.listen }
  const host = await startOne(context, { side: 'host', mode, front, ...back })
  const relay = await startOne(context, { side: 'relay', mode, front, ...edge })
  const restart = () => startOne(context, { side: 'host', mode, front, ...back })
  return { port: outer, hostHeader: HOST, pids: [relay.pid, host.pid], hostSide: { child: host, restart } }
}

async function startOne(context, { side, mode, front, listen, target }) {
  const file = join(context.dir, `haproxy-${side}.cfg`)
  await writeFile(file, config({ mode, listen, target, body: front(target) }))
  return context.spawn(side, [findBinary('haproxy'), '-db', '-f', file])
}

function config({ mode, listen, body }) {
  return `global
  nbthread 1
  maxconn 8000
defaults
  mode ${mode}
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
frontend in
  bind ${listen} backlog 4096
${body}
`
}

const tcp = (target) => `  default_backend out
backend out
  server s ${target}`

const http = (target) => `  option forwardfor
  use_backend out if { hdr(host),field(1,:) ${HOST} }
backend out
  http-reuse always
  server s ${target}`
