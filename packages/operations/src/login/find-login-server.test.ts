/** Proves which server a login goes to, what its context is called, and that no pinned authority is forgotten. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Context, saveContext } from '../context/contexts.ts'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findLoginServer } from './find-login-server.ts'

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
const LOGIN = { issuer: 'https://relay.test', refreshToken: 'refresh-refresh', expiresAt: 1, permissions: [] }
const RELAY: Context = {
  name: 'work',
  url: 'https://relay.test',
  project: 'web',
  token: 'access-access',
  ca: PEM,
  login: LOGIN,
}

let home: string
let env: Record<string, string>

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'towline-login-server-'))
  env = { TOWLINE_HOME: home }
})
afterEach(() => rm(home, { recursive: true, force: true }))

describe('login server', () => {
  it('login server: must be named when nothing else names it', async () => {
    await expect(findLoginServer(env, undefined, {})).rejects.toMatchObject({ code: 'USAGE' })
    await expect(findLoginServer(env, undefined, { name: 'gone' })).rejects.toMatchObject({ code: 'USAGE' })
  })

  it.each(['ftp://relay.test', 'https://relay.test/path', 'https://a:b@relay.test', 'http://'])(
    'login server: refuses %s',
    async (text) => {
      await expect(findLoginServer(env, text, {})).rejects.toMatchObject({ code: 'TARGET_INVALID' })
    },
  )

  it('login server: goes to another machine by TLS on the same port, whatever was written', async () => {
    verifies('link.tls-pin')
    expect(await findLoginServer(env, 'http://relay.test:8080', {})).toMatchObject({
      ...{ url: 'https://relay.test:8080', name: 'relay.test', upgraded: true },
    })
    expect(await findLoginServer(env, 'http://localhost:8080', {})).toMatchObject({
      ...{ url: 'http://localhost:8080', name: 'localhost', upgraded: false },
    })
    expect(await findLoginServer(env, 'relay.test', {})).toMatchObject({ url: 'https://relay.test', upgraded: false })
  })

  it('login server: is the one of the current context, whose name, project and authority stay', async () => {
    await saveContext(env, RELAY)
    const same = { url: RELAY.url, name: 'work', ca: PEM, project: 'web', upgraded: false }
    expect(await findLoginServer(env, undefined, {})).toEqual(same)
    expect(await findLoginServer(env, RELAY.url, { name: 'work' })).toEqual(same)
  })

  it('login server: keeps the pinned authority of its URL under another name, and of no other URL', async () => {
    verifies('link.tls-pin')
    await saveContext(env, RELAY)
    expect(await findLoginServer(env, RELAY.url, {})).toEqual({
      ...{ url: RELAY.url, name: 'relay.test', ca: PEM, project: undefined, upgraded: false },
    })
    expect(await findLoginServer(env, 'https://relay.test:8443', {})).toMatchObject({ ca: undefined })
  })

  it('login server: does not take the name of another server, nor of a project token that is current', async () => {
    await saveContext(env, { ...RELAY, name: 'relay.test' })
    expect(await findLoginServer(env, 'https://relay.test:8443', {})).toMatchObject({ name: 'relay.test-8443' })
    await saveContext(env, { name: 'local', url: 'https://127.0.0.1:8080', token: 'tow_crd_token' })
    expect(await findLoginServer(env, undefined, {})).toMatchObject({ name: '127.0.0.1' })
    expect(await findLoginServer(env, 'https://[::1]:9', {})).toMatchObject({ name: '1' })
  })
})
