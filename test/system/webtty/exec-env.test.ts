/** Proves what of the environments of server and client a command gets, and what nobody may set. */
import { join } from 'node:path'
import { openHome, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Machines, openMachines } from './machines.ts'

const CANARY = 'canary-of-the-environment'

/** What a server may have in its environment, as people start one. */
const SECRETS = {
  AWS_SECRET_ACCESS_KEY: CANARY,
  GITHUB_TOKEN: CANARY,
  DB_PASSWORD: CANARY,
  TOWLINE_WEBTTY_TOKEN: CANARY,
  NODE_EXTRA_CA_CERTS: '',
}

describe.concurrent('webtty exec: environment', () => {
  let machines: Machines
  const home = openHome()
  beforeAll(async () => {
    machines = await openMachines([])
    const { up } = machines
    const program = home.start(['webtty', 'server', '--name', 'lab', '-o', 'json'], {
      ...SECRETS,
      ...{ TOWLINE_TOKEN: up.context().token, TOWLINE_URL: up.url },
      TOWLINE_CA_FILE: join(up.folder.path, 'data', 'ca.pem'),
      PLAIN: 'of the server',
    })
    await program.status('online')
  })
  afterAll(async () => {
    await home.close()
    await machines?.[Symbol.asyncDispose]()
  })

  const variables = async (...words: readonly string[]): Promise<Readonly<Record<string, string>>> => {
    const { stdout } = await machines.exec('lab', [...words, '--', 'env', '-0'])
    return Object.fromEntries(stdout.split('\0').flatMap((text) => (text === '' ? [] : [text.split(/=(.*)/s, 2)])))
  }

  it.each(['core', 'all', 'none'])("never holds the server's own secrets, by the policy %s", async (policy) => {
    verifies('exec.env')
    const env = await variables('--env-policy', policy)
    const text = JSON.stringify(env)
    expect([text.includes(CANARY), text.includes(machines.up.context().token)]).toEqual([false, false])
    expect(Object.keys(env).filter((key) => key.startsWith('TOWLINE_') && key !== 'TOWLINE_EXEC_ID')).toEqual([])
    expect(env['PLAIN']).toBe(policy === 'all' ? 'of the server' : undefined)
  })

  it('holds what a command needs, and nothing that waits for a person', async () => {
    verifies('exec.env')
    const env = await variables()
    expect(env).toMatchObject({ TERM: 'dumb', NO_COLOR: '1', PAGER: 'cat', HOME: process.env['HOME'] })
    expect(env['PATH']).toMatch(/bin/)
  })

  it('holds what its client gives it', async () => {
    verifies('exec.env')
    const words = ['--env', 'A=1', '--env', 'TWO=a b=c', '--env', 'TERM=xterm', '--env', 'HOME', '--env', 'EMPTY=']
    const home = machines.up.env['HOME']
    expect(await variables(...words)).toMatchObject({ A: '1', TWO: 'a b=c', TERM: 'xterm', HOME: home, EMPTY: '' })
  })

  it.each([
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'LD_AUDIT',
    'NODE_OPTIONS',
    'BASH_ENV',
    'ENV',
    'PYTHONPATH',
    'PERL5OPT',
    'DYLD_INSERT_LIBRARIES',
  ])('refuses %s from its client, and starts nothing', async (key) => {
    verifies('exec.env')
    const { status, code, stdout } = await machines.exec('lab', ['--env', `${key}=/x`, '--', 'echo', 'ran'])
    expect({ status, code, stdout }).toEqual({ status: 255, code: 'ENV_REFUSED', stdout: '' })
  })

  it('gives an environment to what a terminal runs by the same rules', async () => {
    verifies('exec.env')
    const { stdout } = await machines.ask('client', 'lab', ['--', 'env'])
    expect([stdout.includes(CANARY), stdout.includes('PLAIN='), /^TERM=/m.test(stdout)]).toEqual([false, false, true])
    expect((await machines.ask('client', 'lab', ['--env', 'LD_PRELOAD=/x', '--', 'true'])).code).toBe('ENV_REFUSED')
  })
})
