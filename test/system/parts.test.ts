/** Proves that each part of a bundled server works when it is the first one asked for, on a first start and on data that is there. */
import { openHome, verifies } from '@towline/testkit'
import { describe, expect, it } from 'vitest'

/** A request that loads one part only. */
const PARTS: [path: string, status: number, init?: RequestInit][] = [
  ['/docs', 200],
  ['/sign-in', 200],
  ['/account', 303],
  ['/device', 303],
  ['/oauth/jwks', 200],
  ['/api/openapi.json', 200],
  ['/api/whoami', 401],
  ['/api/engine/openapi.json', 200],
  ['/api/engine/tunnels', 401],
  ['/api/mcp', 401],
  ['/oauth/token', 400, { method: 'POST', body: new URLSearchParams({ client_id: 'towline-cli' }) }],
]

const UP = ['up', '--listen', '127.0.0.1:0', '-o', 'json']

describe('up: parts that are loaded when they are needed', () => {
  it.each(PARTS)('answers %s first', async (path: string, status: number, init: RequestInit = {}) => {
    verifies('run.up')
    await using home = openHome()
    for (const start of ['first', 'second']) {
      await using server = home.start(UP)
      const { url } = await server.status('ready')
      const answer = await fetch(`${String(url)}${path}`, { redirect: 'manual', ...init })
      expect([start, answer.status, server.stderr()]).toEqual([start, status, expect.not.stringContaining('"error"')])
    }
  })
})
