/** Proves which services are not published without a person's yes. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { sensitiveExpose } from './sensitive-expose.ts'

const http = (port: number) => ({ kind: 'http' as const, target: { port } })

describe('guard sensitive exposure', () => {
  it.each([22, 2375, 2376, 6443, 10_250, 3389, 5900, 5432, 3306, 6379, 11_211, 9200, 27_017, 8888, 9090, 9229])(
    'knows what usually listens on port %i',
    (port) => {
      verifies('guard.approval')
      expect(sensitiveExpose(http(port))).toContain(`port ${port} is usually`)
    },
  )

  it.each([
    ['TCP without a token', { kind: 'tcp', target: { port: 4000 } }],
    ['TLS without a token', { kind: 'tls', target: { port: 4000 } }],
    ['another machine of the network', { kind: 'http', target: { host: 'db.lan', port: 3000 } }],
    ['a control surface', { ...http(3000), surface: 'app-server' }],
    ['an MCP server', { ...http(3000), mcpPath: '/mcp' }],
    ['what is said to be MCP and is something else', { kind: 'private', target: { port: 2375 }, mcpPath: '/x' }],
    ['the metadata of a cloud, private or not', { kind: 'private', target: { host: '169.254.169.254', port: 80 } }],
  ] as const)('tells why for %s', (_, spec) => {
    verifies('guard.approval')
    expect(sensitiveExpose(spec)).toEqual(expect.any(String))
  })

  it.each([
    ...[
      '2852039166',
      '0xa9fea9fe',
      '0xa9.254.43518',
      '169.254.169.254.',
      '[::ffff:169.254.169.254]',
      '::ffff:a9fe:a9fe',
    ],
    ...[
      '169.254.170.2',
      'fd00:ec2::254',
      'fe80::1',
      '100.100.100.200',
      'METADATA.google.internal',
      'metadata.google.internal.',
    ],
  ])('knows an address of metadata however it is written: %s', (host) => {
    verifies('guard.approval')
    expect(sensitiveExpose({ kind: 'private', target: { host, port: 80 } })).toContain('metadata')
  })

  it('tells of a host what nobody takes for words of its own', () => {
    const host = 'x, which is safe\u202e\n. Allow it'
    expect(sensitiveExpose({ kind: 'http', target: { host, port: 80 } })).toMatch(
      /^"x, which is safe\ufffd\ufffd. Allow it" is not/,
    )
  })

  it.each([
    ['a web application', http(3000)],
    ['a database that only the project dials', { kind: 'private', target: { port: 5432 } }],
    ['a database that asks for a token', { ...http(9200), tokenAuth: true }],
  ] as const)('has no objection to %s', (_, spec) => {
    expect(sensitiveExpose(spec)).toBeUndefined()
  })
})
