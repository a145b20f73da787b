/** Measures what one small request costs the HTTP edge: parse, rewrite, and the whole way through a connection, in ns. Needs a build. */
import { IDLE_SINK, LIMITS, NO_SLAB } from '@towline/protocol'
import { createEdge } from '../../packages/engine/dist/edge/edge.js'
import { Forwarding } from '../../packages/engine/dist/edge/forwarding.js'
import { HeadWriter } from '../../packages/engine/dist/edge/h1/head-writer.js'
import { RequestHead } from '../../packages/engine/dist/edge/h1/request-head.js'
import { ResponseHead } from '../../packages/engine/dist/edge/h1/response-head.js'
import { writeRequest } from '../../packages/engine/dist/edge/h1/write-request.js'

const ROUNDS = 5
const PER_ROUND = 200_000

const bytes = (lines) => new Uint8Array(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
const SMALL = bytes(['GET / HTTP/1.1', 'Host: web.dev.localhost:8080'])
const TOKEN = `tow_${'a'.repeat(22)}_${'b'.repeat(43)}`
const BEARER = bytes(['GET / HTTP/1.1', 'Host: web.dev.localhost:8080', `Authorization: Bearer ${TOKEN}`])
const BROWSER = bytes([
  'GET /_next/static/chunks/app/page.js?v=1700000000000 HTTP/1.1',
  'Host: web.dev.localhost:8080',
  'Connection: keep-alive',
  'sec-ch-ua: "Chromium";v="131", "Not_A Brand";v="24"',
  'sec-ch-ua-mobile: ?0',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'sec-ch-ua-platform: "Linux"',
  'Accept: */*',
  'Sec-Fetch-Site: same-origin',
  'Sec-Fetch-Mode: no-cors',
  'Sec-Fetch-Dest: script',
  'Referer: http://web.dev.localhost:8080/',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-US,en;q=0.9',
  `Cookie: session=${'c'.repeat(120)}; theme=dark`,
])
const PLAIN_ANSWER = bytes(['HTTP/1.1 200 OK', 'Content-Length: 0', 'Content-Type: text/plain'])
const NODE_ANSWER = bytes([
  'HTTP/1.1 200 OK',
  'Content-Type: text/plain',
  'Date: Sat, 21 Nov 2026 08:00:00 GMT',
  'Connection: keep-alive',
  'Keep-Alive: timeout=5',
  'Content-Length: 0',
])

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** Median nanoseconds of CPU per call. */
const measure = (name, call) => {
  const rounds = []
  for (let round = 0; round <= ROUNDS; round++) {
    const before = process.cpuUsage()
    for (let index = 0; index < PER_ROUND; index++) call()
    const { user, system } = process.cpuUsage(before)
    if (round > 0) rounds.push(((user + system) * 1000) / PER_ROUND)
  }
  console.log(`${name.padEnd(44)} ${Math.round(median(rounds)).toString().padStart(6)} ns`)
}

const visitor = { address: '192.0.2.7', port: 4711, localPort: 8080, secure: false }
const head = new RequestHead(LIMITS)
const response = new ResponseHead(LIMITS)
const writer = new HeadWriter()
const forwarding = new Forwarding(visitor)

const rewrite = (request) => {
  head.parse(request, 0, request.length)
  forwarding.read(head)
  writeRequest(head, { vouched: forwarding.vouched, requestId: 'req_0123456789abcdef' }, writer)
  return writer.lend()
}

for (const [name, request] of [
  ['small', SMALL],
  ['browser', BROWSER],
]) {
  measure(`${name} (${request.length} bytes): parse`, () => head.parse(request, 0, request.length))
  measure(`${name}: parse and rewrite`, () => rewrite(request))
}
for (const [name, answer] of [
  ['plain answer', PLAIN_ANSWER],
  ['node answer', NODE_ANSWER],
]) {
  measure(`${name} (${answer.length} bytes): parse`, () => response.parse(answer, 0, answer.length))
}

/** A connection whose stream and socket swallow what they get. */
const connect = async (tunnelOver, first, answer) => {
  const swallow = () => ({
    sink: IDLE_SINK,
    write: () => true,
    end() {},
    reset() {},
    pause() {},
    resume() {},
    settle() {},
  })
  let stream
  const live = {
    tunnel: { id: 'tun_a', kind: 'http', projectId: 'prj_a', ...tunnelOver },
    meter: { began() {}, answered() {}, ended() {} },
    online: true,
    open: (_caller, sink) => {
      stream = Object.assign(swallow(), { sink })
      return stream
    },
  }
  const principal = {
    credentialId: 'crd_a',
    projectId: 'prj_a',
    permissions: ['tunnels.connect'],
    rootCredentialId: 'crd_a',
  }
  const authority = { verify: async () => principal, onRevoked: () => () => {}, report() {} }
  const log = { debug() {}, info() {}, warn() {}, error() {}, isLevelEnabled: () => false }
  const router = { http: (host) => (host === 'web.dev.localhost' ? live : undefined) }
  const edge = createEdge({ router, authority, log, limits: LIMITS, api() {}, isApiHost: () => false, clock: Date.now })
  const socket = swallow()
  edge.accept(socket, first, visitor)
  while (!stream) await new Promise((resolve) => setImmediate(resolve))
  stream.sink.data(answer, NO_SLAB)
  return () => {
    socket.sink.data(first, NO_SLAB)
    stream.sink.data(answer, NO_SLAB)
  }
}

measure('connection: small, plain answer', await connect({}, SMALL, PLAIN_ANSWER))
measure('connection: small, node answer', await connect({}, SMALL, NODE_ANSWER))
measure('connection: browser, node answer', await connect({}, BROWSER, NODE_ANSWER))
measure('connection: small, address rule', await connect({ trustedIps: ['192.0.2.0/24'] }, SMALL, PLAIN_ANSWER))
measure('connection: small, token', await connect({ tokenAuth: true }, BEARER, PLAIN_ANSWER))
