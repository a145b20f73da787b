import { createHash } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import { AppError } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { prefersHtml, renderPage } from './page.ts'

const page = (error: AppError, accept?: string, headOnly = false): [string, string] => {
  const text = renderPage(error, { requestId: 'req_a', accept, headOnly, close: true, retryAfter: 2 }).toString()
  const end = text.indexOf('\r\n\r\n')
  return [text.slice(0, end), text.slice(end + 4)]
}

describe('edge page', () => {
  it.each([
    [undefined, false],
    ['*/*', false],
    ['application/json', false],
    ['text/html', true],
    ['text/html,application/xhtml+xml,*/*;q=0.8', true],
    ['application/json, text/html;q=0.9', false],
    ['text/html, application/json', true],
    ['TEXT/HTML;q=0.5', true],
    ['text/html;q=0', false],
  ])('edge page: Accept %j wants a page: %s', (accept, expected) => {
    expect(prefersHtml(accept)).toBe(expected)
  })

  it('edge page: escapes what it shows and loads nothing', () => {
    const [head, body] = page(new AppError('HEAD_INVALID', { problem: '<script>"\'&' }), 'text/html')
    expect(head).toContain('HTTP/1.1 400 Bad Request\r\n')
    expect(head).toContain("Content-Security-Policy: default-src 'none'; style-src 'sha256-")
    expect(head).toContain('X-Content-Type-Options: nosniff\r\n')
    expect(head).toContain('Cache-Control: no-store\r\n')
    expect(body).toContain('&lt;script&gt;&quot;&#39;&amp;')
    expect(body).not.toMatch(/<script|src=|href=|url\(/)
    expect(body).toContain('req_a')
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`)
  })

  it('edge page: answers programs with the error row and the request id', () => {
    const [head, body] = page(new AppError('BUSY'), 'application/json')
    expect(head).toContain('HTTP/1.1 503 Service Unavailable\r\n')
    expect(head).toContain('Retry-After: 2\r\n')
    expect(JSON.parse(body)).toEqual({ error: new AppError('BUSY').toJSON(), requestId: 'req_a' })
  })

  it('edge page: tells who comes to a terminal without a link how to get one, and sends a tab back once by its own token', () => {
    verifies('webtty.published')
    const terminalUrl = 'https://lab.example/?"<b>'
    const text = renderPage(new AppError('UNAUTHENTICATED'), {
      requestId: 'req_a',
      accept: 'text/html',
      close: true,
      retryAfter: 2,
      terminalUrl,
    }).toString()
    expect(text).toMatch(/^HTTP\/1\.1 401 /)
    expect(text).toContain('towline webtty browse --url https://lab.example/?&quot;&lt;b&gt;')
    const [, script = ''] = /<script>(.*?)<\/script>/.exec(text) ?? []
    expect(text).toContain(`; script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'\r\n`)
    const stored = new Map([['towline.token', 'tow_a b']])
    const went: string[] = []
    const tab = {
      sessionStorage: {
        getItem: (key: string) => stored.get(key) ?? null,
        removeItem: (key: string) => stored.delete(key),
      },
      location: { pathname: '/', replace: (url: string) => went.push(url) },
    }
    for (let times = 0; times < 2; times++) runInNewContext(`{${script}}`, tab)
    expect(went).toEqual(['/?towline.token=tow_a%20b'])
  })

  it('edge page: answers HEAD with the length and no body', () => {
    const [head, body] = page(new AppError('TUNNEL_UNKNOWN'), undefined, true)
    expect(head).toMatch(/Content-Length: [1-9]/)
    expect(body).toBe('')
  })
})
