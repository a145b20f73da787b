/** Judges HTTP/2 by grpc-js on both sides: over TLS as visitors come, and by prior knowledge without. */
import { fileURLToPath } from 'node:url'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch, type Running, succeed } from './processes.ts'
import { openTowline, type Towline } from './towline.ts'

const SERVICE = fileURLToPath(new URL('clients/grpc-service.mjs', import.meta.url))
const CLIENT = fileURLToPath(new URL('clients/grpc-client.mjs', import.meta.url))

/** What the client sees when there is no tunnel; codes are those of gRPC. */
const SEEN = {
  unary: { text: 'hello', heard: ['one, two'], bytes: [0, 255, 10, 13], trailer: ['after the message'] },
  large: true,
  serverStream: { count: 5000, inOrder: true, code: 0, counted: ['5000'] },
  clientStream: 8 * 1024 * 1024,
  bidi: { count: 100, last: 'you said 99', code: 0, trailer: ['goodbye'] },
  trailersOnly: [5, 16, 13].map((code) => [code, `code ${code}, 100% – naïve`, ['because']]),
  breaks: { texts: ['one'], code: 15, details: 'broke after one' },
  unimplemented: 12,
  deadline: [4, 'cancelled'],
  cancel: [1, 'cancelled'],
  many: 600,
}

describe('interop grpc', () => {
  let service: Running
  let port: string
  let towline: Towline

  const play = async (...words: readonly string[]): Promise<unknown> =>
    JSON.parse(await succeed([process.execPath, CLIENT, ...words], { withinMs: 120_000 }))

  beforeAll(async () => {
    service = launch([process.execPath, SERVICE])
    port = (await service.said(/listening (\d+)\n/))[1] as string
    towline = await openTowline()
    await towline.forward(port, '--name', 'rpc', '--http-version', 'h2c')
  })
  afterAll(async () => {
    await towline?.close()
    await service?.stop()
  })

  it('is what the judge sees without a tunnel', async () => {
    expect(await play(port, `127.0.0.1:${port}`)).toEqual(SEEN)
  })

  it('carries calls, streams, trailers, deadlines and cancels over TLS', async () => {
    verifies('tunnel.http.h2', 'tunnel.http.streaming')
    expect(await play(String(towline.port), towline.host('rpc'), towline.caFile)).toEqual(SEEN)
  })

  it('carries the same without TLS, by prior knowledge', async () => {
    verifies('tunnel.http.h2')
    expect(await play(String(towline.port), towline.host('rpc'))).toEqual(SEEN)
  })
})
