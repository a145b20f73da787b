import { createServer } from 'node:http'
import { Duplex } from 'node:stream'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { get, ok, openEdge } from './edge.fixture.ts'

/** Seeded, so that a failure can be repeated. */
const seeded = (start: number): ((below: number) => number) => {
  let seed = start
  return (below) => {
    seed ^= seed << 13
    seed ^= seed >>> 17
    seed ^= seed << 5
    return (seed >>> 0) % below
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The targets that Node's own HTTP server finds in bytes. */
const targetsFor = async (bytes: string): Promise<string[]> => {
  const targets: string[] = []
  const server = createServer((request, response) => {
    targets.push(request.url ?? '')
    request.resume()
    response.end()
  })
  server.on('clientError', () => {})
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  socket.on('error', () => {})
  server.emit('connection', socket)
  socket.push(Buffer.from(bytes, 'latin1'))
  for (let count = 0; count < 4; count++) await turn()
  socket.destroy()
  return targets
}

const INSIDE = 'GET /smuggled HTTP/1.1\r\nHost: web.dev.localhost\r\n\r\n'
const SEEDS = [
  `POST /a HTTP/1.1\r\nHost: web.dev.localhost\r\nContent-Length: ${INSIDE.length}\r\n\r\n${INSIDE}`,
  `POST /a HTTP/1.1\r\nHost: web.dev.localhost\r\nTransfer-Encoding: chunked\r\n\r\n${INSIDE.length.toString(16)};x=y\r\n${INSIDE}\r\n0\r\nX-T: 1\r\n\r\n`,
  `PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive, X-A\r\nX-A: Content-Length: 0\r\nHost: web.dev.localhost\r\n\r\n${INSIDE.length.toString(16)}\r\n${INSIDE}\r\n0\r\n\r\n`,
] as const
/** What request smuggling is made of. */
const PIECES = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  '\u000b',
  '\u0000',
  ':',
  ';',
  ',',
  '0',
  '\r\n ',
  '\r\nContent-Length: 0',
  '\r\nTransfer-Encoding: chunked',
  '\r\nTransfer_Encoding: x',
  '\u0085',
  '-',
  '+',
  'x',
  '"',
]

const mutate = (text: string, random: (below: number) => number): string => {
  let mutated = text
  for (let change = random(3); change >= 0; change--) {
    const at = random(mutated.length)
    mutated = mutated.slice(0, at) + PIECES[random(PIECES.length)] + mutated.slice(at + random(3))
  }
  return mutated
}

describe('edge smuggling', () => {
  it("edge smuggling: Node's server finds no request in what passes that the edge did not see as one", async () => {
    verifies('tunnel.http.smuggling')
    expect(await targetsFor(SEEDS[0] + INSIDE)).toEqual(['/a', '/smuggled'])
    const random = seeded(0x1234567)
    const { tunnel, visit, edge } = openEdge()
    let passed = 0
    for (let round = 0; round < 1_500; round++) {
      const mutated = mutate(SEEDS[random(SEEDS.length)] as string, random)
      const before = { streams: tunnel.streams.length, began: tunnel.counts.began }
      const visitor = visit(mutated)
      for (let count = 0; count < 3; count++) await turn()
      const began = tunnel.counts.began - before.began
      const service = tunnel.streams[before.streams]
      if (service) {
        passed++
        const seen = await targetsFor(service.received)
        expect(seen.length, JSON.stringify([mutated, service.received])).toBeLessThanOrEqual(began)
      }
      visitor.channel.reset()
    }
    expect(passed).toBeGreaterThan(100)
    edge.close()
  })

  it('edge smuggling: random pipelines in random pieces arrive as they were sent, and so do their answers', async () => {
    verifies('tunnel.http.full', 'tunnel.http.smuggling')
    const random = seeded(0x7654321)
    const cut = (text: string): string[] => {
      const pieces: string[] = []
      for (let from = 0; from < text.length; ) {
        const to = from + 1 + random(random(4) === 0 ? 400 : 20)
        pieces.push(text.slice(from, to))
        from = to
      }
      return pieces
    }
    for (let round = 0; round < 60; round++) {
      const { tunnel, visit, edge } = openEdge()
      const requests = Array.from({ length: 1 + random(6) }, (_, index) => randomRequest(index, random))
      const visitor = visit('')
      for (const piece of cut(requests.map(({ request }) => request).join(''))) visitor.send(piece)
      const service = await tunnel.stream()
      const wanted = requests.map(({ arrives }) => arrives).join('')
      const got = (): string => service.received.replace(/X-Forwarded-For[^]*?X-Request-Id: .*\r\n/g, '')
      await service.when(() => got().length >= wanted.length, 'every request')
      expect(got()).toBe(wanted)
      for (const piece of cut(requests.map(({ answer }) => answer).join(''))) service.send(piece)
      const told = requests.map(({ answer }) => answer.replace('Connection: keep-alive\r\n', '')).join('')
      await visitor.when(() => visitor.received.length >= told.length, 'every answer')
      expect(visitor.received).toBe(told)
      edge.close()
    }
  })
})

const chunked = (text: string, random: (below: number) => number): string => {
  let body = ''
  for (let from = 0; from < text.length; ) {
    const piece = text.slice(from, from + 1 + random(30))
    body += `${piece.length.toString(16)}\r\n${piece}\r\n`
    from += piece.length
  }
  return `${body}0\r\n\r\n`
}

/** A request, what the service should get of it without our fields, and the service's answer. */
const randomRequest = (
  index: number,
  random: (below: number) => number,
): { request: string; arrives: string; answer: string } => {
  const body = INSIDE.repeat(random(4))
  const host = 'Host: web.dev.localhost\r\n'
  const requests = [
    get(`/${index}`),
    `POST /${index} HTTP/1.1\r\n${host}Content-Length: ${body.length}\r\n\r\n${body}`,
    `POST /${index} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${host}\r\n${chunked(body, random)}`,
  ]
  const answers = [
    ok(`${index}${body}`),
    ok(`${index}`, 'Connection: keep-alive\r\n'),
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(body, random)}`,
    `HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n`,
  ]
  const request = requests[random(requests.length)] as string
  return { request, arrives: request, answer: answers[random(answers.length)] as string }
}
