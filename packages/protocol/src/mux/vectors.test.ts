/** Proves the bytes of docs/protocol/mux.md by the language-neutral vectors, at every cut of the byte stream. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import vectors from '../../vectors/mux.json' with { type: 'json' }
import { muxPeer } from '../../test/mux-peer.ts'
import { NO_SLAB } from '../channel.ts'
import { LIMITS } from '../limits.ts'
import { Decoder } from './decoder.ts'
import { FRAME, HEADER_BYTES, putHeader } from './frame.ts'

type Exchange = (typeof vectors.exchanges)[number]

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** What a mux does with `parts`, in the words of the vectors. */
const outcome = (role: Exchange['role'], parts: readonly Uint8Array[]) => {
  const peer = muxPeer(role as 'client' | 'engine')
  for (const part of parts) peer.mux.receive(part, NO_SLAB)
  peer.settle()
  const streams = peer.seen.map(({ stream, open, data, ended, reset }) => ({
    id: stream.id,
    open,
    data: hex(Buffer.concat(data)),
    ended,
    reset,
  }))
  const closes = peer.ending()?.problem ?? null
  return { sends: hex(peer.sent()), streams, control: peer.control, closes }
}

describe('mux vectors', () => {
  it.each(vectors.frames)('encode and decode: $name', ({ type, id, payload, bytes }) => {
    verifies('link.spec')
    const body = Buffer.from(payload, 'hex')
    const frame = new Uint8Array(HEADER_BYTES + body.length)
    putHeader(frame, 0, { type, length: body.length, id })
    frame.set(body, HEADER_BYTES)
    expect(hex(frame)).toBe(bytes)

    const got: unknown[] = []
    const sink = {
      data: (of: number, part: Uint8Array) => got.push([FRAME.data, of, hex(part)]),
      frame: (kind: number, of: number, whole: Uint8Array) => got.push([kind, of, hex(whole)]),
    }
    new Decoder(sink, LIMITS).push(frame, NO_SLAB)
    expect(got).toEqual(type === FRAME.data && payload === '' ? [] : [[type, id, payload]])
  })

  it.each(vectors.exchanges)('$about', ({ role, receives, sends, streams, control, closes }) => {
    verifies('link.spec')
    expect(outcome(role, [Buffer.from(receives, 'hex')])).toEqual({
      sends,
      streams,
      control,
      closes,
    })
  })

  it.each(vectors.exchanges)('at every cut: $about', ({ role, receives, sends, streams, control, closes }) => {
    verifies('link.spec')
    const bytes = Buffer.from(receives, 'hex')
    for (let at = 1; at < bytes.length; at++) {
      expect(outcome(role, [bytes.subarray(0, at), bytes.subarray(at)])).toEqual({ sends, streams, control, closes })
    }
    const single = [...bytes].map((byte) => Uint8Array.of(byte))
    expect(outcome(role, single)).toEqual({
      sends,
      streams,
      control,
      closes,
    })
  })
})
