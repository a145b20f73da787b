/** Proves what a link takes from its peer, by the language-neutral vectors and by arbitrary bytes. */
import { verifies } from '@towline/testkit/verifies'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from '../../vectors/link.json' with { type: 'json' }
import { refusal } from '../../test/refusal.ts'
import { AppError } from '../errors.ts'
import { PREFACE } from './messages.ts'
import { parseControl, parseStreamOpen } from './validate.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** Runs a parser of hostile bytes: it answers, or throws PROTOCOL_ERROR of a bounded length. */
const survives = (parse: (payload: Uint8Array) => unknown, payload: Uint8Array): void => {
  try {
    parse(payload)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'PROTOCOL_ERROR') throw error
    expect(error.message.length).toBeLessThan(5_000)
  }
}

describe('link messages', () => {
  it.each(vectors.refusedControl)('refuse a control message: $problem', ({ payload, problem }) => {
    verifies('link.spec', 'limits.table')
    const { code, details } = refusal(() => parseControl(bytes(payload)))
    expect({ code, details }).toEqual({ code: 'PROTOCOL_ERROR', details: { problem } })
  })

  it.each(vectors.refusedOpen)('refuse an open: $problem', ({ payload, problem }) => {
    verifies('link.spec')
    const { code, details } = refusal(() => parseStreamOpen(bytes(payload)))
    expect({ code, details }).toEqual({ code: 'PROTOCOL_ERROR', details: { problem } })
  })

  it.each(vectors.refusedBytes)('refuse the bytes %s', (hex) => {
    expect(refusal(() => parseControl(Buffer.from(hex, 'hex'))).code).toBe('PROTOCOL_ERROR')
    expect(refusal(() => parseStreamOpen(Buffer.from(hex, 'hex'))).code).toBe('PROTOCOL_ERROR')
  })

  it.each(vectors.unknown)('skip %s, which a newer peer may say', (payload) => {
    verifies('link.version')
    expect(parseControl(bytes(payload))).toBeUndefined()
  })

  it.each(vectors.control)('read $reads.type', ({ payload, reads }) => {
    verifies('link.spec')
    expect(parseControl(bytes(payload))).toEqual(reads)
  })

  it.each(vectors.open)('read the open $payload', ({ payload, reads }) => {
    verifies('link.spec')
    expect(parseStreamOpen(bytes(payload))).toEqual(reads)
  })

  it('take no key from a prototype', () => {
    const payload = bytes('{"type":"hello","__proto__":{"min":1,"max":1,"token":"t","agent":"a","os":"o","arch":"a"}}')
    expect(refusal(() => parseControl(payload)).code).toBe('PROTOCOL_ERROR')
    const labels = parseStreamOpen(bytes('{"__proto__":{"tunnelId":"tun_1"}}'))
    expect(labels.tunnelId).toBeUndefined()
  })

  it('throw nothing but PROTOCOL_ERROR for any bytes, any JSON and any one changed value', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (payload) => survives(parseControl, payload)),
      { seed: 1 },
    )
    const types = fc.constantFrom(...vectors.control.map(({ reads }) => reads.type))
    const typed = fc.tuple(types, fc.dictionary(fc.string(), fc.jsonValue())).map(([type, rest]) => ({ ...rest, type }))
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), typed), (value) => {
        survives(parseControl, bytes(JSON.stringify(value)))
        survives(parseStreamOpen, bytes(JSON.stringify(value)))
      }),
      { seed: 2 },
    )
    const changed = fc.tuple(fc.constantFrom(...vectors.control), fc.nat(), fc.jsonValue())
    fc.assert(
      fc.property(changed, ([{ reads }, at, value]) => {
        const keys = Object.keys(reads)
        survives(parseControl, bytes(JSON.stringify({ ...reads, [keys[at % keys.length] ?? '']: value })))
      }),
      { seed: 3, numRuns: 500 },
    )
  })

  it('begin with the preface that the vectors hold', () => {
    verifies('link.spec')
    expect(PREFACE).toBe(vectors.preface)
  })
})
