/** Proves which addresses of MCP servers are taken, and that none leads elsewhere than it says. */
import { describe, expect, it } from 'vitest'
import { formatMcpUrl, isMcpPath, parseMcpUrl } from './mcp-url.ts'

describe('operations bridge: addresses', () => {
  it.each([
    ['tow://db/x?y', 'TARGET_INVALID'],
    ['tow://db/../x', 'TARGET_INVALID'],
    ['tow://DB', 'NAME_INVALID'],
    ['tow://db:80/mcp', 'TARGET_INVALID'],
    ['http://example.com/mcp', 'TARGET_INVALID'],
    ['https://user:secret@example.com/mcp', 'TARGET_INVALID'],
    ['https://example.com/mcp?towline.token=secret', 'TARGET_INVALID'],
    ['https://', 'TARGET_INVALID'],
  ])('operations bridge: refuses %s', (text, code) => {
    const refused = (): unknown => parseMcpUrl(text)
    expect(refused).toThrow(expect.objectContaining({ code, message: expect.not.stringContaining('secret') as string }))
  })

  it.each([
    ['tow://db', undefined, 'tow://db/mcp'],
    ['db', undefined, 'tow://db/mcp'],
    ['tow://db/', undefined, 'tow://db/mcp'],
    ['tow://db/a/b', undefined, 'tow://db/a/b'],
    ['tow://db/a', '/b', 'tow://db/b'],
    ['https://db.example.com', undefined, 'https://db.example.com/mcp'],
    ['https://db.example.com/a', '/b', 'https://db.example.com/b'],
    ['http://db.dev.localhost:8443/mcp', undefined, 'http://db.dev.localhost:8443/mcp'],
  ])('operations bridge: reads %s with the path %s', (text, path, told) => {
    expect(formatMcpUrl(parseMcpUrl(text, path))).toBe(told)
  })

  it('operations bridge: takes no path that a stranger could lead elsewhere by', () => {
    const refused = [
      'mcp',
      '//evil.example/mcp',
      '/a b',
      '/a\r\nx: y',
      '/a?b',
      '/a#b',
      '/a/../b',
      '/%2E%2e/b',
      '/\\x',
      `/${'a'.repeat(300)}`,
      '/ü',
    ]
    expect(refused.filter(isMcpPath)).toEqual([])
    expect(['/', '/mcp', '/a.b/c-d', '/...'].filter(isMcpPath)).toHaveLength(4)
  })
})
