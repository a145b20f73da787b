/** Proves the contexts file: who is refused, and that it is written whole and private. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resolveConnection } from './connection.ts'
import { type Context, readContexts, saveContext } from './contexts.ts'
import { contextsFile, homeDir } from './home.ts'
import { listContexts, showContext, useContext } from './shown-context.ts'

const LOCAL: Context = { name: 'local', url: 'https://127.0.0.1:8080', project: 'dev', token: 'tow_secret-secret' }
const AWAY: Context = { ...LOCAL, name: 'away', url: 'https://relay.example.com', token: 'tow_other-other' }
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'

let home: string
let env: Record<string, string>

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'towline-home-'))
  env = { TOWLINE_HOME: home }
})
afterEach(() => rm(home, { recursive: true, force: true }))

const put = async (text: string, mode = 0o600): Promise<void> => {
  await writeFile(contextsFile(env), text)
  await chmod(contextsFile(env), mode)
}

const file = (contexts: readonly object[], more: object = {}): string =>
  JSON.stringify({ version: 1, contexts, ...more })

describe('contexts: a file that is refused', () => {
  const cases: readonly (readonly [why: string, text: string, key: string])[] = [
    ['is not JSON', '{', 'the whole file'],
    ['is a list', '[]', 'the whole file'],
    ['holds an unknown key', file([], { defaults: {} }), 'defaults'],
    ['is of another version', JSON.stringify({ version: 2, contexts: [] }), 'version'],
    ['has no contexts', JSON.stringify({ version: 1 }), 'contexts'],
    ['has an unknown key in a context', file([{ ...LOCAL, insecure: true }]), 'contexts[0].insecure'],
    ['has a context without token', file([{ ...LOCAL, token: undefined }]), 'contexts[0].token'],
    ['has a token with a line break', file([{ ...LOCAL, token: 'tow_a\r\nX: y' }]), 'contexts[0].token'],
    ['has plain http to another machine', file([{ ...LOCAL, url: 'http://relay.example.com' }]), 'contexts[0].url'],
    ['has a name with a control character', file([{ ...LOCAL, name: 'a\u001b[2J' }]), 'contexts[0].name'],
    ['has a CA that is no PEM', file([{ ...LOCAL, ca: 'yes' }]), 'contexts[0].ca'],
    ['has a name twice', file([LOCAL, LOCAL]), 'contexts'],
    ['points to a context it does not have', file([LOCAL], { current: 'gone' }), 'current'],
  ]
  it.each(cases)('contexts: refuses a file that %s', async (_why, text, key) => {
    await put(text)
    await expect(readContexts(env)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { key, file: contextsFile(env) },
    })
  })

  it.each([0o640, 0o604, 0o644, 0o660])(
    'contexts: refuses a file of mode %o and says how to close it',
    async (mode) => {
      verifies('token.storage')
      await put(file([LOCAL]), mode)
      await expect(readContexts(env)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        details: { key: 'mode', problem: `others may read it; run: chmod 600 ${contextsFile(env)}` },
      })
    },
  )

  it('contexts: never repeats a token in an error', async () => {
    verifies('token.storage')
    await put(file([{ ...LOCAL, token: 'tow_secret with space' }]))
    await expect(readContexts(env)).rejects.toSatisfy((error) => !JSON.stringify(error).includes('tow_secret'))
  })
})

describe('contexts: a file that is kept', () => {
  it('contexts: is private, whole, and leaves no draft behind', async () => {
    verifies('token.storage')
    await saveContext(env, LOCAL)
    await saveContext(env, { ...AWAY, ca: PEM })
    expect((await stat(contextsFile(env))).mode & 0o777).toBe(0o600)
    expect(await readdir(home)).toEqual(['contexts.json'])
    expect(await readContexts(env)).toEqual({ current: 'away', contexts: [LOCAL, { ...AWAY, ca: PEM }] })
  })

  it('contexts: replaces a context of the same name', async () => {
    await saveContext(env, LOCAL)
    await saveContext(env, { ...LOCAL, token: 'tow_newer-newer' })
    expect((await readContexts(env)).contexts).toEqual([{ ...LOCAL, token: 'tow_newer-newer' }])
  })

  it('contexts: does not write what it could not read again', async () => {
    await saveContext(env, LOCAL)
    const before = await readFile(contextsFile(env), 'utf8')
    await expect(saveContext(env, { ...AWAY, name: 'not ok' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    expect(await readFile(contextsFile(env), 'utf8')).toBe(before)
  })

  it('contexts: lists, shows and chooses without ever telling a token', async () => {
    await saveContext(env, AWAY)
    await saveContext(env, LOCAL)
    expect(await listContexts(env)).toEqual([
      { name: 'away', url: AWAY.url, project: 'dev', current: false, pinned: false, kind: 'token' },
      { name: 'local', url: LOCAL.url, project: 'dev', current: true, pinned: false, kind: 'token' },
    ])
    expect(await useContext(env, 'away')).toMatchObject({ name: 'away', current: true })
    expect(await showContext(env)).toMatchObject({ name: 'away' })
    await expect(useContext(env, 'gone')).rejects.toMatchObject({ code: 'CONTEXT_MISSING' })
  })

  it('contexts: live where TOWLINE_HOME, XDG_DATA_HOME or the home folder say', () => {
    expect(homeDir({ TOWLINE_HOME: '/a', XDG_DATA_HOME: '/b' })).toBe('/a')
    expect(homeDir({ XDG_DATA_HOME: '/b', HOME: '/c' })).toBe('/b/towline')
    expect(homeDir({ XDG_DATA_HOME: 'relative', HOME: '/c' })).toBe('/c/.local/share/towline')
  })
})

describe('connection: which server, as whom', () => {
  it('connection: never sends a stored token to another server than its own', async () => {
    await saveContext(env, LOCAL)
    const elsewhere = { ...env, TOWLINE_URL: 'https://evil.example.com' }
    await expect(resolveConnection(elsewhere)).rejects.toMatchObject({ code: 'TOKEN_ELSEWHERE' })
    await expect(resolveConnection({ ...elsewhere, TOWLINE_CONTEXT: 'local' })).rejects.toMatchObject({
      code: 'TOKEN_ELSEWHERE',
    })
    const otherPort = { ...env, TOWLINE_URL: 'https://127.0.0.1:8081' }
    await expect(resolveConnection(otherPort)).rejects.toMatchObject({ code: 'TOKEN_ELSEWHERE' })
  })

  it('connection: refuses a URL without a token, two tokens, and an open token file', async () => {
    const url = { ...env, TOWLINE_URL: 'https://relay.example.com' }
    await expect(resolveConnection(url)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { key: 'TOWLINE_URL' },
    })
    const tokenFile = join(home, 'token')
    await writeFile(tokenFile, 'tow_from-a-file\n', { mode: 0o644 })
    const withFile = { ...url, TOWLINE_TOKEN_FILE: tokenFile }
    await expect(resolveConnection(withFile)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { key: 'mode' },
    })
    await chmod(tokenFile, 0o600)
    expect(await resolveConnection(withFile)).toEqual({ url: 'https://relay.example.com', token: 'tow_from-a-file' })
    await expect(resolveConnection({ ...withFile, TOWLINE_TOKEN: 'tow_x' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })

  it('connection: has no server before there is a context, and says so', async () => {
    await expect(resolveConnection(env)).rejects.toMatchObject({ code: 'CONTEXT_MISSING' })
    await expect(resolveConnection(env, { context: 'gone' })).rejects.toMatchObject({
      code: 'CONTEXT_MISSING',
      message: 'There is no context "gone".',
    })
  })

  it('connection: takes the flag over the environment over the current context', async () => {
    await saveContext(env, AWAY)
    await saveContext(env, { ...LOCAL, ca: PEM })
    expect(await resolveConnection(env)).toEqual({ url: LOCAL.url, token: LOCAL.token, ca: PEM, context: 'local' })
    expect(await resolveConnection({ ...env, TOWLINE_CONTEXT: 'away' })).toMatchObject({
      context: 'away',
      token: AWAY.token,
    })
    const both = { ...env, TOWLINE_CONTEXT: 'local' }
    expect(await resolveConnection(both, { context: 'away' })).toMatchObject({ context: 'away' })
    expect(await resolveConnection({ ...env, TOWLINE_TOKEN: 'tow_given' })).toMatchObject({
      url: LOCAL.url,
      token: 'tow_given',
      ca: PEM,
    })
  })

  it('connection: pins the CA of a context only for its own server', async () => {
    await saveContext(env, { ...LOCAL, ca: PEM })
    const away = { ...env, TOWLINE_URL: 'https://relay.example.com', TOWLINE_TOKEN: 'tow_given' }
    expect(await resolveConnection(away)).toEqual({ url: 'https://relay.example.com', token: 'tow_given' })
  })

  it('connection: reads a CA from a file, and refuses one that holds none', async () => {
    await saveContext(env, LOCAL)
    const caFile = join(home, 'ca.pem')
    await expect(resolveConnection(env, { caFile })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    await writeFile(caFile, 'nothing')
    await expect(resolveConnection(env, { caFile })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    await writeFile(caFile, PEM)
    expect(await resolveConnection(env, { caFile })).toMatchObject({ ca: PEM })
    expect(await resolveConnection({ ...env, TOWLINE_CA_FILE: caFile })).toMatchObject({ ca: PEM })
  })
})
