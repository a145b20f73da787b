import { PREFACE } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { sniff } from './sniff.ts'

const H2 = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

describe('listen sniff', () => {
  it.each([
    ['tls', '\x16\x03\x01'],
    ['link', PREFACE],
    ['h2', H2],
    ['http1', 'GET / HTTP/1.1\r\n'],
    ['http1', 'PRINT / HTTP/1.1\r\n'],
    ['http1', 'TOWLINE / HTTP/1.1\r\n'],
    ['unknown', '\x00\x01'],
    ['unknown', '\r\n'],
    ['unknown', '{"a":1}'],
  ])('tells %s from its first bytes, at every length', (spoken, text) => {
    const told = Array.from({ length: text.length }, (_, length) =>
      sniff(Buffer.from(text.slice(0, length + 1), 'latin1')),
    )
    const settled = told.filter((one) => one !== 'more')
    expect(new Set(settled)).toEqual(new Set([spoken]))
    expect(told.lastIndexOf('more')).toBeLessThan(told.indexOf(settled[0] as never))
  })
})
