/** Proves that secrets are found by reference, refused where they must not be read, and blotted out of what is shown. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from '@towline/base'
import { LIMITS } from '@towline/protocol'
import { type TempFolder, tempFolder } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openGuarded } from './guard.fixture.ts'
import { createSecrets, type Secrets } from './secrets.ts'

let folder: TempFolder
let secrets: Secrets
const at = (name: string): string => join(folder.path, name)

beforeEach(() => {
  folder = tempFolder('secrets')
  mkdirSync(at('home'))
  const env = { API_KEY: 'sk-live-canary-1234', SHORT: 'abc', TOWLINE_TOKEN: 'tow_canary_canary' }
  secrets = createSecrets({ env, home: at('home') })
})
afterEach(() => folder.remove())

const write = (name: string, text: string, mode = 0o600): string => {
  writeFileSync(at(name), text)
  chmodSync(at(name), mode)
  return `secret://file${at(name)}`
}

describe('mcp secrets: what is refused', () => {
  const refusal = (reference: string): Promise<string> =>
    secrets.resolve(reference).then(
      () => 'none',
      (error: { code: string }) => error.code,
    )

  it.each([
    'secret://env/NOT_THERE',
    'secret://env/SHORT',
    'secret://env/TOWLINE_TOKEN',
    'secret://env/constructor',
    'secret://env/',
    'secret://file/nowhere/at/all',
    'secret://file/proc/self/environ',
    'secret://file/dev/zero',
    'secret://sec_unknown',
    'secret://',
    'plain',
  ])('%s', async (reference) => {
    expect(await refusal(reference)).toBe('SECRET_REFUSED')
  })

  it('a file that others may read', async () => {
    expect(await refusal(write('open', 'a secret of many', 0o640))).toBe('SECRET_REFUSED')
  })

  it("Towline's own files, by any path", async () => {
    write('home/contexts.json', 'a token is in here')
    symlinkSync(at('home'), at('link'))
    expect(await refusal(`secret://file${at('home/contexts.json')}`)).toBe('SECRET_REFUSED')
    expect(await refusal(`secret://file${at('link/contexts.json')}`)).toBe('SECRET_REFUSED')
    expect(await refusal(`secret://file${at('open/../home/contexts.json')}`)).toBe('SECRET_REFUSED')
  })

  it('a folder, and a file that is too long', async () => {
    expect(await refusal(`secret://file${folder.path}`)).toBe('SECRET_REFUSED')
    expect(await refusal(write('long', 'x'.repeat(LIMITS.mcpSecretBytes + 1)))).toBe('SECRET_REFUSED')
  })

  it('one that was forgotten when there were too many', async () => {
    const first = secrets.put(new Secret('the very first one'), 'test')
    for (let count = 0; count < LIMITS.mcpSecrets; count++) secrets.put(new Secret(`another one ${count}`), 'test')
    expect(await refusal(first)).toBe('SECRET_REFUSED')
  })
})

describe('mcp secrets', () => {
  it('are looked up in the environment, in private files, and in what was put away', async () => {
    verifies('guard.secrets')
    const reference = secrets.put(new Secret('put-away-1234'), 'token for runtime')
    expect(reference).toMatch(/^secret:\/\/sec_[a-z0-9]{24}$/)
    const file = write('key', 'of-a-file-1234\n')
    const all = await Promise.all([reference, 'secret://env/API_KEY', file].map((one) => secrets.resolve(one)))
    expect(all.map((one) => one.reveal())).toEqual(['put-away-1234', 'sk-live-canary-1234', 'of-a-file-1234\n'])
    expect(String(all[0])).toBe('***')
  })

  it('are blotted out of answers, in the forms they take', async () => {
    verifies('guard.secrets')
    const value = 'quote"and/slash+more'
    const reference = secrets.put(new Secret(value), 'test')
    const answer = {
      stdout: `x${value}y`,
      list: [{ at: value }],
      url: `https://a.test/?t=${encodeURIComponent(value)}`,
      json: JSON.stringify({ value }),
      encoded: Buffer.from(`before ${value} after`).toString('base64'),
      count: 3,
      reference,
    }
    const masked = secrets.masked(answer)
    const text = JSON.stringify(masked)
    expect(text).not.toContain('slash')
    expect(text).not.toContain(Buffer.from('and/slash').toString('base64').slice(2, 8))
    expect(masked).toMatchObject({ stdout: 'x***y', list: [{ at: '***' }], count: 3, reference })
  })

  it.each(['say', 'refuse'])('are blotted out of what any tool tells, by a verb such as %s', async (verb) => {
    verifies('guard.secrets')
    const guarded = openGuarded()
    try {
      guarded.secrets.put(new Secret('canary-of-a-call'), 'test')
      const { call } = await guarded.connect('legacy')
      const { answer } = await call('towline_read', { argv: [verb], content: 'it is canary-of-a-call.' })
      expect(JSON.stringify(answer)).toContain('it is ***.')
    } finally {
      await guarded.close()
    }
  })

  it('of several lines are blotted out line by line', async () => {
    const key = write('pem', '-----BEGIN KEY-----\nMIIBVgIBADANBgkqhkiG9w0\n-----END KEY-----\n')
    await secrets.resolve(key)
    expect(secrets.masked('grep: MIIBVgIBADANBgkqhkiG9w0')).toBe('grep: ***')
  })

  it('leave what holds none as it is', () => {
    const answer = { a: ['b'] }
    expect(secrets.masked(answer)).toBe(answer)
  })
})
