import { verifies } from '@towline/testkit/verifies'
import { type AppError, LIMITS } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { Body } from './body.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))

/** Follows a chunked body given in pieces; answers where it ended, or undefined when it goes on. */
const follow = (pieces: readonly Uint8Array[], { fromVisitor = true, limits = LIMITS } = {}): number | undefined => {
  const body = new Body(limits, fromVisitor)
  body.startChunked()
  let total = 0
  for (const piece of pieces) {
    const used = body.take(piece, 0, piece.length)
    total += used
    if (body.done) return total
    expect(used).toBe(piece.length)
  }
  return undefined
}

const codeOf = (text: string, options = {}): string => {
  try {
    return follow([bytes(text)], options) === undefined ? 'goes on' : 'done'
  } catch (error) {
    return (error as AppError).code
  }
}

const GOOD = [
  '0\r\n\r\n',
  '5\r\nhello\r\n0\r\n\r\n',
  'A\r\n0123456789\r\n1;a=b;c="d;e"\r\nx\r\n000\r\n\r\n',
  '3;\r\nabc\r\n0;last\r\nX-Sum: 1\r\nX-Empty:\r\n\r\n',
] as const

const BAD: readonly (readonly [string, string])[] = [
  ['no size', '\r\n'],
  ['a size that is no number', 'g\r\n'],
  ['a signed size', '+5\r\n'],
  ['a size with 0x', '0x5\r\n'],
  ['a blank before the size', ' 5\r\n'],
  ['a blank after the size', '5 \r\nhello\r\n'],
  ['a size over 2^52', '10000000000000\r\n'],
  ['a bare LF after the size', '5\nhello'],
  ['a bare LF in an extension', '5;a\nhello'],
  ['a bare CR in an extension', '5;a\rb\r\nhello'],
  ['NUL in an extension', '5;\u0000\r\n'],
  ['an extension beyond ASCII', '5;\u00e4\r\n'],
  ['more data than the size says', '5\r\nhellox\r\n'],
  ['a bare LF after the data', '5\r\nhello\n0\r\n\r\n'],
  ['a bare CR after the data', '5\r\nhello\rx'],
  ['a folded trailer', '0\r\nX-A: 1\r\n 2\r\n\r\n'],
  ['a trailer without a name', '0\r\n: 1\r\n\r\n'],
  ['a blank in a trailer name', '0\r\nX A: 1\r\n\r\n'],
  ['a bare LF after a trailer', '0\r\nX-A: 1\n\r\n'],
  ['a bare LF at the end', '0\r\n\n'],
  ['NUL in a trailer', '0\r\nX-A: \u0000\r\n\r\n'],
  ['a trailer that frames', '0\r\nContent-Length: 5\r\n\r\n'],
  ['a trailer that frames, with "_"', '0\r\ntransfer_encoding: chunked\r\n\r\n'],
  ['a trailer that identifies', '0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n'],
  ['a trailer that authorizes', '0\r\nAuthorization: Bearer x\r\n\r\n'],
]

describe('edge chunks', () => {
  it.each(BAD)('edge chunks: refuses %s', (_name, text) => {
    verifies('tunnel.http.smuggling')
    expect(codeOf(text)).toBe('HEAD_INVALID')
  })

  it.each(GOOD)('edge chunks: finds the end of %j at every split', (text) => {
    verifies('tunnel.http.full')
    const all = bytes(`${text}GET / HTTP/1.1`)
    for (let first = 0; first <= text.length; first++) {
      for (let second = first; second <= text.length; second++) {
        const pieces = [all.subarray(0, first), all.subarray(first, second), all.subarray(second)]
        expect(follow(pieces)).toBe(text.length)
      }
    }
  })

  it('edge chunks: lets a service send the trailers it likes', () => {
    expect(codeOf('0\r\nContent-Length: 5\r\n\r\n', { fromVisitor: false })).toBe('done')
  })

  it('edge chunks: bounds the size line and the trailers', () => {
    const limits = { ...LIMITS, chunkLineBytes: 8, trailerBytes: 12, headFields: 1 }
    expect({
      line: codeOf('1;23456\r\n', { limits }),
      lineOver: codeOf('1;234567\r\n', { limits }),
      trailers: codeOf('0\r\nX: 12345\r\n\r\n', { limits }),
      trailersOver: codeOf('0\r\nX: 123456\r\n\r\n', { limits }),
      fieldsOver: codeOf('0\r\nX:\r\nY:\r\n', { limits }),
    }).toEqual({
      line: 'goes on',
      lineOver: 'HEAD_INVALID',
      trailers: 'done',
      trailersOver: 'HEAD_TOO_LARGE',
      fieldsOver: 'HEAD_TOO_LARGE',
    })
  })

  it('edge chunks: finds the end of seeded random bodies in random pieces', () => {
    let seed = 0x9e3779b9
    const random = (below: number): number => {
      seed ^= seed << 13
      seed ^= seed >>> 17
      seed ^= seed << 5
      return (seed >>> 0) % below
    }
    for (let round = 0; round < 500; round++) {
      let text = ''
      for (let chunk = random(6); chunk > 0; chunk--) {
        const data = '\r\n0;x'.repeat(1 + random(40)).slice(0, 1 + random(60))
        text += `${data.length.toString(16)}${random(3) === 0 ? ';e="f"' : ''}\r\n${data}\r\n`
      }
      text += `0\r\n${random(2) === 0 ? 'X-T: v\r\n' : ''}\r\n`
      const all = bytes(`${text}surplus`)
      const pieces: Uint8Array[] = []
      for (let from = 0; from < all.length; ) {
        const to = Math.min(all.length, from + 1 + random(9))
        pieces.push(all.subarray(from, to))
        from = to
      }
      expect(follow(pieces)).toBe(text.length)
    }
  })
})
