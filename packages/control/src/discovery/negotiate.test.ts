/** Proves the choice between HTML and Markdown: the twelve cases that agents and browsers send, and what cannot be read. */
import { verifies } from '@towline/testkit/verifies'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { negotiate } from './negotiate.ts'

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'

describe('discovery negotiation', () => {
  it.each<readonly [accept: string | undefined, variant: 'html' | 'markdown' | undefined]>([
    ['text/markdown;q=0', undefined],
    ['application/json', undefined],
    ['text/markdown', 'markdown'],
    ['*/*', 'html'],
    [BROWSER, 'html'],
    ['text/markdown, text/html, */*', 'markdown'],
    ['text/html, text/markdown;q=0.5', 'html'],
    ['text/markdown;q=0.9, text/html;q=0.8', 'markdown'],
    ['text/*', 'html'],
    [undefined, 'html'],
    ['text/markdown, */*;q=0.1', 'markdown'],
    ['text/html, text/markdown', 'html'],
  ])('answers %j with %s', (accept, variant) => {
    verifies('discovery.markdown')
    expect(negotiate(accept)).toBe(variant)
  })

  it.each<readonly [accept: string, variant: 'html' | 'markdown' | undefined]>([
    ['text/html;q=0, */*', undefined],
    ['text/html;q=0, text/markdown;q=0.1', 'markdown'],
    ['text/markdown;q=2', undefined],
    ['text/markdown;q=x, text/html', 'html'],
    ['*/*, text/markdown', 'html'],
    ['TEXT/MARKDOWN; variant=GFM ; Q=1.000', 'markdown'],
    ['', 'html'],
    [',,', undefined],
  ])('answers the odd field %j with %s', (accept, variant) => {
    expect(negotiate(accept)).toBe(variant)
  })

  it('never gives Markdown to who does not name it', () => {
    const type = fc.constantFrom('text/html', 'text/*', '*/*', 'application/json', 'text/plain')
    const weight = fc.constantFrom('', ';q=0', ';q=0.5', ';q=1', ';q=nope')
    const field = fc
      .array(fc.tuple(type, weight), { maxLength: 6 })
      .map((parts) => parts.map((p) => p.join('')).join(', '))
    fc.assert(fc.property(field, (accept) => negotiate(accept) !== 'markdown'))
  })
})
