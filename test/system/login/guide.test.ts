/** Runs the guide on logins as it is written, from top to bottom, with a browser that approves. */
import { X509Certificate } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Browser,
  openHttpService,
  openSystem,
  run,
  type Service,
  start,
  type System,
  type Home,
  openHome,
  towline,
} from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shellBlocks } from '../../shell-blocks.ts'
import { becomeOwner, decide, enterCode } from '../oauth/login.ts'
import { QUICK } from './approve.ts'

const BLOCKS = shellBlocks('docs/guide/login.md')

describe('login guide', () => {
  let system: System
  let service: Service
  let home: Home
  let ada: Browser
  let env: Record<string, string>

  beforeAll(async () => {
    ;[system, service] = await Promise.all([
      openSystem({ limits: QUICK, site: { api: { domain: 'localhost' } } }),
      openHttpService((_request, response) => void response.end('hello')),
    ])
    ada = await becomeOwner(system)
    home = openHome()
    const { path } = home.folder
    const [node, cli] = towline() as [string, string]
    writeFileSync(join(path, 'towline'), `#!/bin/sh\nexec '${node}' '${cli}' "$@"\n`)
    chmodSync(join(path, 'towline'), 0o755)
    writeFileSync(join(path, 'token'), system.token, { mode: 0o600 })
    writeFileSync(join(path, 'ca.pem'), String(system.ca))
    const { fingerprint256 } = new X509Certificate(String(system.ca))
    env = { ...home.env, PATH: `${path}:${process.env['PATH']}`, FINGERPRINT: fingerprint256 }
  })
  afterAll(() => Promise.all([home?.close(), system?.close(), service?.close()]))

  /** The same words, with the addresses of this test. */
  const here = (block: string): string =>
    block
      .replaceAll('http://localhost:8080', `http://localhost:${system.port}`)
      .replaceAll('https://relay.example.com', `https://localhost:${system.port}`)
      .replaceAll('/run/secrets/towline', join(home.folder.path, 'token'))
      .replaceAll('ca.pem', join(home.folder.path, 'ca.pem'))
      .replace(/^towline forward \d+/, `towline forward ${service.port}`)
  const json = (block: string): string => (/ -o json/.test(block) ? '' : ' -o json')

  const approve = async (block: string): Promise<void> => {
    await using program = start(['sh', '-c', `exec ${here(block)}${json(block)}`], { env })
    const pending = await program.status('pending')
    await decide(ada, await enterCode(ada, String(pending['url'])))
    await program.status('logged-in')
    expect(await program.ended()).toMatchObject({ status: 0 })
  }

  const serve = async (block: string): Promise<void> => {
    await using program = start(['sh', '-c', `exec ${here(block)}${json(block)}`], { env })
    await program.status('online')
  }

  const end = async (block: string): Promise<void> => {
    const { status, stderr } = await run(['sh', '-c', here(block)], { env })
    expect([block, status, stderr]).toEqual([block, 0, ''])
  }

  const HOW: readonly (readonly [RegExp, (block: string) => Promise<void>])[] = [
    [/^towline login (?!.*--token-stdin)/, approve],
    [/^towline forward /, serve],
    [/^towline /, end],
  ]

  it.each(BLOCKS.map((block, index) => [index + 1, block] as const))('step %i: %s', async (_index, block) => {
    // A certificate that the world knows is what a test cannot have: the authority that was pinned stands in for it.
    const bare = /^towline login https:\S+$/.test(block)
    if (bare) await approve(`${block} --ca-file ca.pem`)
    else await HOW.find(([pattern]) => pattern.test(block))?.[1](block)
  })

  it('has a step of each sort', () => {
    expect(HOW.map(([pattern]) => BLOCKS.some((block) => pattern.test(block)))).toEqual([true, true, true])
  })
})
