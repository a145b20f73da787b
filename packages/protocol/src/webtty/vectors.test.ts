/** Proves the bytes of docs/protocol/webtty.md by the language-neutral vectors. */
import { describe, expect, it } from 'vitest'
import vectors from '../../vectors/webtty.json' with { type: 'json' }
import { AppError } from '../errors.ts'
import { CRITICAL_BIT, readFrames, WEBTTY_FRAME } from './frame.ts'
import { decodeFrame, encodeFrame, frameName, type WebttyFrame } from './frames.ts'

interface Vector {
  readonly name: string
  readonly stream: number
  readonly body: unknown
  readonly bytes: string
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const decodeAll = (bytes: Uint8Array): WebttyFrame[] => {
  const frames: WebttyFrame[] = []
  readFrames(bytes, (type, stream, body) => {
    const name = frameName(type)
    if (name) frames.push(decodeFrame(name, stream, body))
  })
  return frames
}

/** A frame in the words of the vectors. */
const shown = ({ name, stream, body }: WebttyFrame) => {
  if (body instanceof Uint8Array) return { name, stream, body: hex(body) }
  return { name, stream, body: body && 'bytes' in body ? { ...body, bytes: hex(body.bytes) } : body }
}

const frameOf = ({ name, stream, body }: Vector): WebttyFrame => {
  const bytes = (text: string) => Buffer.from(text, 'hex')
  if (typeof body === 'string') return { name, stream, body: bytes(body) } as unknown as WebttyFrame
  const parts = body as { bytes?: string } | null
  return {
    name,
    stream,
    body: parts?.bytes === undefined ? body : { ...parts, bytes: bytes(parts.bytes) },
  } as WebttyFrame
}

const read = ({ name, stream, body }: Vector) => ({ name, stream, body })

describe('webtty vectors', () => {
  it.each(vectors.frames)('encode and decode: $name, $meaning', (vector) => {
    expect(hex(encodeFrame(frameOf(vector)))).toBe(vector.bytes)
    expect(decodeAll(Buffer.from(vector.bytes, 'hex')).map(shown)).toEqual([read(vector)])
  })

  it('have an example of each frame', () => {
    expect(new Set(vectors.frames.map(({ name }) => name))).toEqual(new Set(Object.keys(WEBTTY_FRAME)))
  })

  it.each(vectors.alike)('decode alike: $meaning', (vector) => {
    expect(decodeAll(Buffer.from(vector.bytes, 'hex')).map(shown)).toEqual([read(vector)])
  })

  it.each(vectors.messages)('$about', ({ bytes, frames }) => {
    expect(decodeAll(Buffer.from(bytes, 'hex')).map(({ name }) => name)).toEqual(frames)
  })

  it.each(vectors.refused)('refuse $bytes: $problem', ({ bytes, problem }) => {
    const error = (() => {
      try {
        return decodeAll(Buffer.from(bytes, 'hex'))
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(AppError)
    expect([(error as AppError).code, (error as AppError).details]).toEqual(['PROTOCOL_ERROR', { problem }])
  })

  it.each(vectors.critical)('have a critical type %i', (type) => {
    expect([frameName(type), (type & CRITICAL_BIT) !== 0]).toEqual([undefined, true])
  })
})
