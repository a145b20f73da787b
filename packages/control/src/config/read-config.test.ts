/** Proves the file of settings: what is refused and how it is told, where secrets come from, and that the example holds. */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LIMITS } from '@towline/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tempDir } from '../control.fixture.ts'
import { CONFIG_EXAMPLE, configSchema } from './config-schema.ts'
import { readConfig } from './read-config.ts'
import { limitsWith } from './server-config.ts'

const PROVIDER = {
  ...{ id: 'idp', name: 'Our IdP', clientId: 'towline', clientSecret: 'hush-hush' },
  discoveryUrl: 'https://idp.example.com/.well-known/openid-configuration',
}
const PLAN = { id: 'team', name: 'Team', price: { amount: 20, currency: 'EUR', per: 'month' } }
const TURN = { urls: ['turn:turn.example.com:3478'], secret: 'hush-hush' }
const RULE = {
  ...{ issuer: 'https://ci.example.com', claims: { repository: 'a/b' }, project: 'dev' },
  permissions: ['tunnels.create'],
}

describe('control config', () => {
  let folder: ReturnType<typeof tempDir>
  let file: string
  beforeEach(() => {
    folder = tempDir()
    file = join(folder.dir, 'towline.json')
  })
  afterEach(() => folder.remove())

  const put = (value: unknown, mode = 0o600): void => {
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value))
    chmodSync(file, mode)
  }
  const read = (env = {}) => readConfig({ file, env })
  const refusal = async (env = {}): Promise<object> => {
    const error = await read(env).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    const { code, details, message } = error as { code: string; details: object; message: string }
    expect(message, 'never tells a secret').not.toContain('hush-hush')
    return { code, ...details }
  }

  const wrong: readonly (readonly [why: string, value: unknown, key: string, problem: RegExp])[] = [
    ['is not JSON', '{"providers": [{"clientSecret": "hush-hush",}', 'the whole file', /^it is not JSON: see /],
    ['ends too soon', '{', 'the whole file', /^it is not JSON/],
    ['is a list', [], 'the whole file', /^expected object/],
    ['has an unknown key', { turns: {} }, 'turns', /^this key is not known; the known ones are providers, trust, /],
    [
      'has an unknown key inside',
      { providers: [{ ...PROVIDER, pkce: false }] },
      'providers[0].pkce',
      /known ones are id/,
    ],
    ['lacks a key', { providers: [{ ...PROVIDER, clientId: undefined }] }, 'providers[0].clientId', /^it is missing$/],
    ['has a number for a text', { providers: [{ ...PROVIDER, name: 7 }] }, 'providers[0].name', /^expected string/],
    [
      'has two providers of one id',
      { providers: [PROVIDER, PROVIDER] },
      'providers',
      /^two providers have the same id$/,
    ],
    [
      'takes the id of passwords',
      { providers: [{ ...PROVIDER, id: 'credential' }] },
      'providers[0].id',
      /small letters/,
    ],
    ['has an id that no URL takes', { providers: [{ ...PROVIDER, id: 'a/b' }] }, 'providers[0].id', /small letters/],
    [
      'asks a provider in the clear',
      { providers: [{ ...PROVIDER, discoveryUrl: 'http://127.0.0.1.example.com/x' }] },
      'providers[0].discoveryUrl',
      /https:\/\//,
    ],
    [
      'takes a secret for a number',
      { providers: [{ ...PROVIDER, clientSecret: 7 }] },
      'providers[0].clientSecret',
      /^it is a text, /,
    ],
    [
      'names two places for a secret',
      { providers: [{ ...PROVIDER, clientSecret: { env: 'A', file: 'hush-hush' } }] },
      'providers[0].clientSecret',
      /^it is a text, /,
    ],
    [
      'trusts all jobs of an issuer',
      { trust: [{ ...RULE, claims: { iss: RULE.issuer } }] },
      'trust[0].claims',
      /no claim that tells/,
    ],
    ['trusts without claims', { trust: [{ ...RULE, claims: {} }] }, 'trust[0].claims', /no claim that tells/],
    [
      'compares a claim with no text',
      { trust: [{ ...RULE, claims: { id: 42 } }] },
      'trust[0].claims.id',
      /^expected string/,
    ],
    [
      'gives an unknown permission',
      { trust: [{ ...RULE, permissions: ['all'] }] },
      'trust[0].permissions[0]',
      /expected one of/,
    ],
    [
      'gives no permission',
      { trust: [{ ...RULE, permissions: [] }] },
      'trust[0].permissions',
      /expected array to have/,
    ],
    ['names no project', { trust: [{ ...RULE, project: 'Dev Team' }] }, 'trust[0].project', /slug/],
    ['has no plan', { plans: [] }, 'plans', /to have/],
    ['has two plans of one id', { plans: [PLAN, PLAN] }, 'plans', /^two plans have the same id$/],
    ['charges nothing', { plans: [{ ...PLAN, price: { ...PLAN.price, amount: 0 } }] }, 'plans[0].price.amount', />0/],
    [
      'charges in words',
      { plans: [{ ...PLAN, price: { ...PLAN.price, currency: 'euro' } }] },
      'plans[0].price.currency',
      /4217/,
    ],
    ['has no URL of TURN', { turn: { ...TURN, urls: [] } }, 'turn.urls[0]', /./],
    ['has a web page for TURN', { turn: { ...TURN, urls: ['https://turn.example.com'] } }, 'turn.urls[0]', /7065/],
    ['keeps logs for no day', { requestLogs: { days: 0 } }, 'requestLogs.days', />=1/],
    ['has a key that paints a terminal', { '\u001b[2J': 1 }, '\\u001b[2J', /not known/],
  ]
  it.each(wrong)('control config: refuses a file that %s', async (_why, value, key, problem) => {
    put(value)
    expect(await refusal()).toEqual({ code: 'CONFIG_INVALID', file, key, problem: expect.stringMatching(problem) })
  })

  it('control config: refuses a file that is not there, is a folder, or is too large', async () => {
    const whole = { code: 'CONFIG_INVALID', key: 'the whole file' }
    expect(await refusal()).toMatchObject({ ...whole, problem: `${file} cannot be read (ENOENT)` })
    put(' '.repeat(LIMITS.configBytes + 1))
    expect(await refusal()).toMatchObject({ ...whole, problem: `${file} has more than ${LIMITS.configBytes} bytes` })
    file = folder.dir
    expect(await refusal()).toMatchObject({ ...whole, problem: `${file} is not a file` })
  })

  // Windows has no modes of files.
  it.skipIf(process.platform === 'win32')(
    'control config: asks for a private file only when it holds a secret',
    async () => {
      const key = 'providers[0].clientSecret'
      put({ turn: TURN }, 0o644)
      expect(await refusal()).toMatchObject({ key: 'turn.secret' })
      for (const mode of [0o640, 0o604]) {
        put({ providers: [PROVIDER] }, mode)
        const problem = `it holds a secret, and others may read it; run: chmod 600 ${file}`
        expect(await refusal()).toEqual({ code: 'CONFIG_INVALID', file, key, problem })
      }
      put({ providers: [{ ...PROVIDER, clientSecret: { env: 'IDP' } }], trust: [RULE] }, 0o644)
      expect(await read({ IDP: 'hush-hush' })).toEqual({ providers: [PROVIDER], trust: [RULE] })
    },
  )

  it('control config: reads secrets from a file beside it and from the environment, and says which is not there', async () => {
    const from = (clientSecret: object): void => put({ providers: [{ ...PROVIDER, clientSecret }] })
    from({ file: 'secret' })
    const key = { key: 'providers[0].clientSecret' }
    expect(await refusal()).toMatchObject({ ...key, problem: `${join(folder.dir, 'secret')} cannot be read (ENOENT)` })
    writeFileSync(join(folder.dir, 'secret'), '\n')
    expect(await refusal()).toMatchObject({ ...key, problem: 'secret is empty' })
    writeFileSync(join(folder.dir, 'secret'), 'hush-hush\n')
    expect(await read()).toEqual({ providers: [PROVIDER] })
    from({ env: 'IDP' })
    expect(await refusal({ IDP: '' })).toMatchObject({ ...key, problem: 'the variable IDP is not set' })
    expect(await read({ IDP: 'hush-hush' })).toEqual({ providers: [PROVIDER] })
    put({ turn: { ...TURN, secret: { env: 'IDP' } }, plans: [PLAN] })
    expect(await read({ IDP: 'hush-hush' })).toEqual({ turn: TURN, plans: [PLAN] })
  })

  it('control config: takes nothing, and the example of the reference, which names every key', () => {
    expect(configSchema.parse({})).toEqual({})
    expect(configSchema.parse(CONFIG_EXAMPLE)).toEqual(CONFIG_EXAMPLE)
    expect(Object.keys(CONFIG_EXAMPLE)).toEqual(Object.keys(configSchema.shape))
  })

  it('control config: bounds the logs of projects, and nothing else', () => {
    expect(limitsWith({}, LIMITS)).toEqual(LIMITS)
    expect(limitsWith({ requestLogs: { days: 2, records: 500 } }, LIMITS)).toEqual({
      ...LIMITS,
      logSeconds: 2 * 24 * 3600,
      logRecords: 500,
    })
  })
})
