/** Two chained nginx, one worker each, no access log: stream mode, and http mode with host routing and kept-alive upstreams. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { findBinary } from '../lib/cache.mjs'

const HOST = 'web.dev.localhost'
/** Debian ships the stream module apart; other builds have it inside. */
const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so'

export const nginxStream = {
  name: 'nginx',
  kinds: ['tcp'],
  needs: ['nginx'],
  version: ['nginx', '-v'],
  start: (context) => startChain(context, stream),
}

export const nginxHttp = {
  name: 'nginx-http',
  kinds: ['http'],
  needs: ['nginx'],
  version: ['nginx', '-v'],
  start: (context) => startChain(context, http),
}

async function startChain(context, body) {
  const inner = await context.freePort()
  const outer = await context.freePort()
  const back = { listen: `${context.hostAddress}:${inner}`, target: `127.0.0.1:${context.upstreamPort}` }
  const edge = { listen: `${context.relayAddress}:${outer}`, target: back.listen }
  const host = await startOne(context, { side: 'host', body, ...back })
  const relay = await startOne(context, { side: 'relay', body, ...edge })
  const restart = () => startOne(context, { side: 'host', body, ...back })
  return { port: outer, hostHeader: HOST, pids: [relay.pid, host.pid], hostSide: { child: host, restart } }
}

async function startOne(context, { side, body, listen, target }) {
  const file = join(context.dir, `nginx-${side}.conf`)
  await writeFile(file, config({ prefix: join(context.dir, side), body: body({ listen, target, dir: context.dir }) }))
  return context.spawn(side, [findBinary('nginx'), '-e', 'stderr', '-c', file])
}

function config({ prefix, body }) {
  const user = process.getuid?.() === 0 ? `user ${userInfo().username};\n` : ''
  const module = existsSync(STREAM_MODULE) ? `load_module ${STREAM_MODULE};\n` : ''
  return `${module}${user}worker_processes 1;
daemon off;
pid ${prefix}.pid;
error_log stderr crit;
events { worker_connections 16384; multi_accept on; }
${body}`
}

const stream = ({ listen, target }) => `stream {
  server {
    listen ${listen} backlog=4096;
    proxy_pass ${target};
    proxy_half_close on;
    tcp_nodelay on;
  }
}
`

const http = ({ listen, target, dir }) => `http {
  access_log off;
  client_body_temp_path ${dir}; proxy_temp_path ${dir}; fastcgi_temp_path ${dir}; uwsgi_temp_path ${dir}; scgi_temp_path ${dir};
  client_max_body_size 0;
  keepalive_requests 100000000;
  tcp_nodelay on;
  upstream out { server ${target}; keepalive 128; keepalive_requests 100000000; }
  server { listen ${listen} default_server backlog=4096; return 404; }
  server {
    listen ${listen};
    server_name ${HOST};
    location / {
      proxy_pass http://out;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`
