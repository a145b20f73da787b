/** Proves the demo's proofs: they pass on the bare sample service, and fail when something in between is wrong. */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PUBLIC_PROOFS, type Visit } from './proofs.ts'
import { openSampleService, type SampleService } from './sample-service.ts'

let sample: SampleService
let spoiler: Server | undefined

beforeEach(async () => {
  sample = await openSampleService()
})

afterEach(async () => {
  spoiler?.closeAllConnections()
  spoiler?.close()
  spoiler = undefined
  await sample.close()
})

const visit = (port: number, deadlineMs = 15_000): Visit => ({
  url: new URL(`http://web.dev.localhost:${port}`),
  edge: { host: '127.0.0.1', port },
  signal: AbortSignal.timeout(deadlineMs),
})

/** A proxy that collects each answer, changes it, and only then sends it. */
const spoil = async (change: (body: Buffer) => Buffer): Promise<number> => {
  const relay = async (from: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of from as AsyncIterable<Buffer>) chunks.push(chunk)
    answer.writeHead(from.statusCode ?? 500, { trailer: 'x-sha256' })
    answer.write(change(Buffer.concat(chunks)))
    answer.addTrailers({ 'x-sha256': from.trailers['x-sha256'] ?? '' })
    answer.end()
  }
  spoiler = createServer(({ method, url }, answer) => {
    const inner = request({ host: '127.0.0.1', port: sample.port, method, path: url }, (from) => {
      relay(from, answer).catch(() => answer.destroy())
    })
    inner.on('error', () => answer.destroy())
    answer.on('close', () => inner.destroy())
    inner.end()
  })
  await new Promise<void>((done) => spoiler?.listen(0, '127.0.0.1', done))
  return (spoiler.address() as AddressInfo).port
}

const proof = (step: string) => {
  const found = PUBLIC_PROOFS.find(([name]) => name === step)
  if (!found) throw new Error(`no proof ${step}`)
  return found[1]
}

describe('demo proofs: fail when the way there is wrong', () => {
  it('demo proofs: notice one changed bit of a download', async () => {
    const port = await spoil((body) => {
      body[1000] = (body[1000] ?? 0) ^ 1
      return body
    })
    await expect(proof('download')(visit(port))).rejects.toThrow('the checksums differ')
  })

  it('demo proofs: notice a lost byte', async () => {
    const port = await spoil((body) => body.subarray(1))
    await expect(proof('download')(visit(port))).rejects.toThrow('16777215 of 16777216 bytes arrived')
  })

  it('demo proofs: notice another page', async () => {
    const port = await spoil(() => Buffer.from('welcome to nginx'))
    await expect(proof('page')(visit(port))).rejects.toThrow('another page')
  })

  it('demo proofs: notice an event stream that is held back', async () => {
    const port = await spoil((body) => body)
    await expect(proof('event stream')(visit(port, 300))).rejects.toThrow()
  })

  it('demo proofs: notice that nothing listens', async () => {
    for (const [, check] of PUBLIC_PROOFS) await expect(check(visit(1))).rejects.toThrow()
  })
})

describe('demo proofs: pass on the bare service', () => {
  it.each(PUBLIC_PROOFS.map(([step]) => step))('demo proofs: %s', async (step) => {
    await expect(proof(step)(visit(sample.port))).resolves.toMatch(/\d/)
  })
})
