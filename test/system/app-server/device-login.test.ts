/** Proves that machines without a browser come in by a code that a person approves elsewhere: the one with the code, and the one that drives it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type Home, openHome, openSystem, type System, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logInBy, QUICK } from '../login/approve.ts'
import { becomeOwner } from '../oauth/login.ts'
import { type Model, openModel } from './model.ts'

describe('app-server: of a machine that logged in by a code', () => {
  let system: System
  let ada: Browser
  let model: Model
  const homes: Home[] = []
  beforeAll(async () => {
    ;[system, model] = await Promise.all([
      openSystem({ limits: QUICK }),
      openModel(({ prompt }) => ['You said: ', prompt]),
    ])
    ada = await becomeOwner(system)
  })
  afterAll(async () => {
    await Promise.all(homes.map((home) => home.close()))
    await model?.[Symbol.asyncDispose]()
    await system?.close()
  })

  const loggedIn = async (): Promise<Home> => {
    const home = openHome()
    homes.push(home)
    await logInBy(home, ada, [`http://localhost:${system.port}`, '--permissions', 'workstation'])
    return home
  }

  it('serves its agent through a tunnel, and another such machine gives it work', async () => {
    verifies('reach.device-login', 'reach.tunnel')
    const devbox = await loggedIn()
    const folder = join(devbox.folder.path, 'agent')
    mkdirSync(folder)
    writeFileSync(join(folder, 'config.toml'), model.settings)
    const words = ['app-server', '--tunnel', 'devbox', '--private', '--home', folder, '--cwd', folder, '-o', 'json']
    const server = devbox.start(words)
    await server.status('online')
    const laptop = await loggedIn()
    const { stdout, stderr, status } = await laptop.run(['exec', 'hello', '--remote', 'tow://devbox'])
    expect({ stdout, status }, stderr).toEqual({ stdout: 'You said: hello\n', status: 0 })
  })
})
