import { verifies } from '@towline/testkit/verifies'
import { AppError, LIMITS } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { fieldOf, FIELD, INCOMPLETE } from './fields.ts'
import { EXPECT, RequestHead } from './request-head.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))
const parse = (text: string, limits = LIMITS): RequestHead => {
  const head = new RequestHead(limits)
  const all = bytes(text)
  expect(head.parse(all, 0, all.length)).toBe(all.length)
  return head
}
const codeOf = (text: string, limits = LIMITS): string => {
  const head = new RequestHead(limits)
  const all = bytes(text)
  try {
    return head.parse(all, 0, all.length) === INCOMPLETE ? 'incomplete' : 'accepted'
  } catch (error) {
    return (error as AppError).code
  }
}
const get = (...fields: string[]): string => ['GET / HTTP/1.1', 'Host: a.b', ...fields, '', ''].join('\r\n')
const post = (...fields: string[]): string => ['POST / HTTP/1.1', 'Host: a.b', ...fields, '', ''].join('\r\n')

/** Every head here is refused; why, and with which code. */
const REFUSED: readonly [string, string, string?][] = [
  ['Content-Length and Transfer-Encoding', post('Content-Length: 3', 'Transfer-Encoding: chunked')],
  ['Transfer-Encoding and Content-Length', post('Transfer-Encoding: chunked', 'Content-Length: 3')],
  ['two different Content-Lengths', post('Content-Length: 3', 'Content-Length: 4')],
  ['two equal Content-Lengths', post('Content-Length: 3', 'Content-Length: 3')],
  ['a list of Content-Lengths', post('Content-Length: 3, 3')],
  ['a signed Content-Length', post('Content-Length: +3')],
  ['a hexadecimal Content-Length', post('Content-Length: 0x3')],
  ['an empty Content-Length', post('Content-Length:')],
  ['a Content-Length over 2^53', post('Content-Length: 9007199254740993')],
  ['a Content-Length of many digits', post('Content-Length: 00000000000000003')],
  ['a blank inside Content-Length', post('Content-Length: 1 2')],
  ['a tab before Content-Length', post('Content-Length:\t3')],
  ['a blank after Content-Length', post('Content-Length: 3 ')],
  ['a Content-Length spelled with "_"', post('Content_Length: 3')],
  ['two Transfer-Encodings', post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')],
  ['another transfer coding', post('Transfer-Encoding: gzip, chunked'), 'CODING_UNSUPPORTED'],
  ['identity', post('Transfer-Encoding: identity'), 'CODING_UNSUPPORTED'],
  ['chunked in other letters', post('Transfer-Encoding: Chunked'), 'CODING_UNSUPPORTED'],
  ['chunked with a parameter', post('Transfer-Encoding: chunked;q=1'), 'CODING_UNSUPPORTED'],
  ['a quoted chunked', post('Transfer-Encoding: "chunked"'), 'CODING_UNSUPPORTED'],
  ['a vertical tab before chunked', post('Transfer-Encoding: \u000bchunked')],
  ['a tab before chunked', post('Transfer-Encoding:\tchunked')],
  ['a blank after chunked', post('Transfer-Encoding: chunked ')],
  ['Transfer-Encoding spelled with "_"', post('Transfer_Encoding: chunked')],
  ['Transfer-Encoding on HTTP/1.0', 'POST / HTTP/1.0\r\nHost: a.b\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['a folded field', get('X-A: 1', ' 2')],
  ['a field folded by a tab', get('X-A: 1', '\t2')],
  ['an indented first field', 'GET / HTTP/1.1\r\n Host: a.b\r\n\r\n'],
  ['a bare LF after the request line', 'GET / HTTP/1.1\nHost: a.b\r\n\r\n'],
  ['a bare LF after a field', 'GET / HTTP/1.1\r\nHost: a.b\nX-A: 1\r\n\r\n'],
  ['a bare LF at the end', 'GET / HTTP/1.1\r\nHost: a.b\r\n\n'],
  ['a bare CR in a value', get('X-A: 1\rX-B: 2')],
  ['a bare CR at the end', 'GET / HTTP/1.1\r\nHost: a.b\r\n\rX'],
  ['NUL in a value', get('X-A: 1\u00002')],
  ['DEL in a value', get('X-A: 1\u007f')],
  ['a control character in a value', get('X-A: \u0001')],
  ['a blank before the colon', get('X-A : 1')],
  ['a blank before the colon of Content-Length', post('Content-Length : 3')],
  ['a tab before the colon', get('X-A\t: 1')],
  ['an empty field name', get(': 1')],
  ['a field without a colon', get('X-A')],
  ['a field name that is no token', get('X(A): 1')],
  ['a field name beyond ASCII', get('X-\u00e4: 1')],
  ['a method that is no token', 'G@T / HTTP/1.1\r\nHost: a.b\r\n\r\n'],
  ['a method in small letters', 'head / HTTP/1.1\r\nHost: a.b\r\n\r\n'],
  ['no method', ' / HTTP/1.1\r\nHost: a.b\r\n\r\n'],
  ['an empty line first', '\r\nGET / HTTP/1.1\r\nHost: a.b\r\n\r\n'],
  ['a length on an upgrade GET', get('Connection: upgrade', 'Upgrade: websocket', 'Content-Length: 5')],
  ['a length of zero on an upgrade GET', get('Connection: upgrade', 'Upgrade: websocket', 'Content-Length: 0')],
  ['chunks on an upgrade GET', get('Connection: upgrade', 'Upgrade: websocket', 'Transfer-Encoding: chunked')],
  ['a length on an h2c upgrade', get('Connection: upgrade, HTTP2-Settings', 'Upgrade: h2c', 'Content-Length: 5')],
  ['an absolute target', 'GET http://a.b/ HTTP/1.1\r\nHost: a.b\r\n\r\n'],
  ['an absolute target of another host', 'GET http://evil/ HTTP/1.1\r\nHost: a.b\r\n\r\n'],
  ['an authority target', 'GET a.b:80 HTTP/1.1\r\nHost: a.b\r\n\r\n'],
  ['CONNECT', 'CONNECT a.b:80 HTTP/1.1\r\nHost: a.b\r\n\r\n', 'METHOD_UNSUPPORTED'],
  ['an asterisk target', 'GET * HTTP/1.1\r\nHost: a.b\r\n\r\n'],
  ['a target that begins with an asterisk', 'OPTIONS *x HTTP/1.1\r\nHost: a.b\r\n\r\n'],
  ['a fragment', 'GET /#a HTTP/1.1\r\nHost: a.b\r\n\r\n'],
  ['a target beyond ASCII', 'GET /\u00e4 HTTP/1.1\r\nHost: a.b\r\n\r\n'],
  ['a tab in the target', 'GET /\ta HTTP/1.1\r\nHost: a.b\r\n\r\n'],
  ['two blanks in the request line', 'GET  / HTTP/1.1\r\nHost: a.b\r\n\r\n'],
  ['a blank in the target', 'GET /a b HTTP/1.1\r\nHost: a.b\r\n\r\n'],
  ['a blank after the version', 'GET / HTTP/1.1 \r\nHost: a.b\r\n\r\n'],
  ['HTTP/0.9', 'GET /\r\n\r\n'],
  ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: a.b\r\n\r\n', 'HTTP_VERSION_UNSUPPORTED'],
  ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: a.b\r\n\r\n', 'HTTP_VERSION_UNSUPPORTED'],
  ['HTTP/1.10', 'GET / HTTP/1.10\r\nHost: a.b\r\n\r\n'],
  ['a version in small letters', 'GET / http/1.1\r\nHost: a.b\r\n\r\n'],
  ['no Host', 'GET / HTTP/1.1\r\nX-A: 1\r\n\r\n'],
  ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
  ['two Hosts', get('Host: a.b')],
  ['a Host with user info', 'GET / HTTP/1.1\r\nHost: x@a.b\r\n\r\n'],
  ['a Host with a path', 'GET / HTTP/1.1\r\nHost: a.b/c\r\n\r\n'],
  ['a list of Hosts', 'GET / HTTP/1.1\r\nHost: a.b, c.d\r\n\r\n'],
  ['a Host with a port that is no number', 'GET / HTTP/1.1\r\nHost: a.b:x\r\n\r\n'],
  ['a Host with two ports', 'GET / HTTP/1.1\r\nHost: a.b:1:2\r\n\r\n'],
  ['an unclosed bracket in Host', 'GET / HTTP/1.1\r\nHost: [::1\r\n\r\n'],
  ['Connection that nominates Host', get('Connection: host')],
  ['Connection that nominates Content-Length', post('Connection: content-length', 'Content-Length: 3')],
  ['Connection that nominates Transfer-Encoding', post('Connection: Transfer_Encoding', 'Transfer-Encoding: chunked')],
  ['Connection that is no list of tokens', get('Connection: a b')],
  ['too many fields', get(...Array.from({ length: LIMITS.headFields }, () => 'X-A: 1')), 'HEAD_TOO_LARGE'],
  ['an oversized head', get(`X-A: ${'a'.repeat(LIMITS.headBytes)}`), 'HEAD_TOO_LARGE'],
  ['an oversized request line', `GET /${'a'.repeat(LIMITS.headBytes)}`, 'HEAD_TOO_LARGE'],
]

describe('edge head: refuses', () => {
  it.each(REFUSED)('edge head: refuses %s', (_name, text, code = 'HEAD_INVALID') => {
    verifies('tunnel.http.smuggling')
    expect(codeOf(text)).toBe(code)
  })
})

const FULL = [
  'POST /a/b?c=d&e HTTP/1.1',
  'Host: Web.Dev.localhost:8080',
  'Connection: keep-alive, X-Gone',
  'TE: trailers',
  'Accept:  text/html \t',
  'Expect: 100-continue',
  'X-Bytes: \u00ff\u0080 \t ok',
  'Content-Length: 12',
  '',
  '',
].join('\r\n')

describe('edge head: accepts', () => {
  it('edge head: tells method, target, framing and options', () => {
    const head = parse(FULL)
    expect({
      method: head.method,
      path: head.path,
      query: head.query,
      minor: head.minor,
      length: head.length,
      chunked: head.chunked,
      expect: head.expect,
      trailers: head.trailers,
      accept: head.accept,
      nominated: head.connection.nominated,
      keepAlive: head.connection.keepAlive,
      hasBody: head.hasBody,
      repeatable: head.repeatable,
    }).toEqual({
      method: 'POST',
      path: '/a/b',
      query: 'c=d&e',
      minor: 1,
      length: 12,
      chunked: false,
      expect: EXPECT.continue,
      trailers: true,
      accept: 'text/html',
      nominated: ['x-gone'],
      keepAlive: true,
      hasBody: true,
      repeatable: false,
    })
  })

  it('edge head: gives the same answer wherever the bytes are cut', () => {
    verifies('tunnel.http.full')
    const all = bytes(FULL)
    const head = new RequestHead(LIMITS)
    for (let cut = 0; cut < all.length; cut++) expect(head.parse(all, 0, cut)).toBe(INCOMPLETE)
    expect(head.parse(all, 0, all.length)).toBe(all.length)
  })

  it('edge head: parses from the middle of a buffer and stops at the end of the head', () => {
    const text = get('X-A: 1')
    const all = bytes(`xx${text}POST / HTTP/1.1\r\n`)
    expect(new RequestHead(LIMITS).parse(all, 2, all.length)).toBe(2 + text.length)
  })

  it('edge head: never refuses a prefix of what it accepts, nor accepts a cut of what it refuses', () => {
    verifies('tunnel.http.smuggling')
    for (const [name, text, code = 'HEAD_INVALID'] of REFUSED) {
      if (text.length > 4096) continue
      for (let cut = 0; cut <= text.length; cut++) {
        const seen = codeOf(text.slice(0, cut))
        expect(['incomplete', code, cut < text.length ? 'HEAD_INVALID' : code], `${name} cut at ${cut}`).toContain(seen)
      }
    }
  })

  it.each([
    ['OPTIONS * HTTP/1.1\r\nHost: a.b\r\n\r\n', '*', ''],
    ['GET /? HTTP/1.1\r\nHost: a.b\r\n\r\n', '/', ''],
    ['GET /a?b?c HTTP/1.1\r\nHost: a.b\r\n\r\n', '/a', 'b?c'],
    ['GET //a HTTP/1.0\r\n\r\n', '//a', ''],
    ['M-SEARCH / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n', '/', ''],
  ])('edge head: reads the target of %j', (text, path, query) => {
    const head = parse(text)
    expect([head.path, head.query]).toEqual([path, query])
  })

  it('edge head: takes exactly as many bytes and fields as the limits say', () => {
    const limits = { ...LIMITS, headBytes: 60, headFields: 2 }
    const fits = get(`X: ${'a'.repeat(60 - get('X: ').length)}`)
    expect([codeOf(fits, limits), codeOf(fits.replace('X: ', 'X: a'), limits)]).toEqual(['accepted', 'HEAD_TOO_LARGE'])
    expect([codeOf(get('A: 1'), limits), codeOf(get('A: 1', 'B: 2'), limits)]).toEqual(['accepted', 'HEAD_TOO_LARGE'])
  })

  it('edge head: takes an upgrade only when it is one, and never h2c', () => {
    verifies('tunnel.http.websocket')
    const upgrade = (...fields: string[]): boolean => parse(get(...fields)).upgrade
    expect({
      websocket: upgrade('Connection: Upgrade', 'Upgrade: websocket'),
      firefox: upgrade('Connection: keep-alive, Upgrade', 'Upgrade: websocket'),
      unconnected: upgrade('Upgrade: websocket'),
      twice: upgrade('Connection: upgrade', 'Upgrade: a', 'Upgrade: b'),
      h2c: upgrade('Connection: upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: x'),
      h2cInList: upgrade('Connection: upgrade', 'Upgrade: websocket, H2C'),
      old: parse('GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n').upgrade,
    }).toEqual({
      websocket: true,
      firefox: true,
      unconnected: false,
      twice: false,
      h2c: false,
      h2cInList: false,
      old: false,
    })
  })

  it('edge head: survives mutated heads with an answer or an error row, and never reads past the end', () => {
    let seed = 0x2545f491
    const random = (below: number): number => {
      seed ^= seed << 13
      seed ^= seed >>> 17
      seed ^= seed << 5
      return (seed >>> 0) % below
    }
    const head = new RequestHead(LIMITS)
    for (let round = 0; round < 20_000; round++) {
      const all = bytes(FULL)
      for (let change = random(4); change >= 0; change--) all[random(all.length)] = random(256)
      const end = random(2) === 0 ? all.length : random(all.length)
      try {
        const done = head.parse(all, 0, end)
        expect(done === INCOMPLETE || done <= end).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(AppError)
      }
    }
  })
})

describe('edge fields', () => {
  it.each([
    ['host', FIELD.host],
    ['CONTENT-LENGTH', FIELD.contentLength],
    ['Transfer-Encoding', FIELD.transferEncoding],
    ['transfer_encoding', FIELD.twisted],
    ['x_forwarded_for', FIELD.ours],
    ['X-Forwarded-Anything', FIELD.ours],
    ['X-Forwarded-', FIELD.other],
    ['Forwarded', FIELD.ours],
    ['X-Real-IP', FIELD.ours],
    ['x-request_id', FIELD.ours],
    ['Proxy-Authorization', FIELD.hop],
    ['proxy_connection', FIELD.hop],
    ['Keep-Alive', FIELD.hop],
    ['Connection', FIELD.connection],
    ['Upgrade', FIELD.upgrade],
    ['Expect', FIELD.expect],
    ['TE', FIELD.te],
    ['Authorization', FIELD.authorization],
    ['Accept', FIELD.accept],
    ['Accept-Encoding', FIELD.other],
    ['Cookie', FIELD.other],
    ['X', FIELD.other],
    [`X-${'a'.repeat(100)}`, FIELD.other],
  ])('edge fields: knows what to do with %s', (name, kind) => {
    expect(fieldOf(bytes(name), 0, name.length)).toBe(kind)
  })
})
