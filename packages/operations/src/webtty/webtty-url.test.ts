/** Proves by which name a published address is pinned. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { nameIn } from './webtty-url.ts'

describe('webtty url: the name of a machine in a published address', () => {
  it.each([
    ['https://vault.dev.tow.example', 'vault'],
    ['http://vault.dev.localhost:8080', 'vault'],
    ['http://127.0.0.1:7000', ''],
    ['http://[::1]:7000', ''],
  ])('%s', (text, name) => {
    verifies('e2e.fail-first')
    expect(nameIn(new URL(text))).toBe(name)
  })
})
