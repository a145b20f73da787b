/** Proves `towline exec` and `towline tui` with the app-server of this machine, and with one elsewhere: nothing is played but the model. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Home, openHome, towline, verifies } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { missing, openTmux, without } from '../tmux.ts'
import { type Asked, type Model, openModel, type Said } from './model.ts'

const lacks = missing('tmux', 'bwrap')

let home: Home
let model: Model
/** The folder that the agent works in. */
let cwd: string
let answer: (asked: Asked) => Said

beforeEach(async () => {
  home = openHome()
  answer = ({ prompt }) => ['You said: ', prompt]
  model = await openModel((asked) => answer(asked))
  const folder = join(home.folder.path, 'app-server')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'config.toml'), model.settings)
  cwd = mkdtempSync(join(home.folder.path, 'work-'))
})
afterEach(async () => {
  await home.close()
  await model[Symbol.asyncDispose]()
})

describe('exec with a server of its own', () => {
  it('runs a turn, and goes on with it', async () => {
    verifies('agent.headless')
    const first = await home.run(['exec', 'hello', '--cd', cwd])
    expect([first.stderr, first.stdout, first.status]).toEqual([expect.any(String), 'You said: hello\n', 0])
    const second = await home.run(['exec', 'resume', '--last', 'more', '--cd', cwd, '--json'])
    expect(second.status).toBe(0)
    expect(second.stdout).toContain('You said: more')
    expect(JSON.stringify(model.asked[1]?.body)).toContain('You said: hello')
  })

  it.each([
    [['--home', '/dev/null/home'], 2, 'APP_HOME_UNUSABLE', 'a part of the path is a file.'],
    [['--home', '/dev/null'], 2, 'APP_HOME_UNUSABLE', 'it is a file.'],
    [['--cwd', '/nowhere'], 3, 'FOLDER_UNKNOWN', 'The working folder "/nowhere" does not exist.'],
    [['--upstream', '/nowhere/codex'], 127, 'COMMAND_UNKNOWN', 'The command "/nowhere/codex" was not found.'],
  ])('an app-server of what cannot be served does not start: %j', async (words, expected, code, problem) => {
    verifies('app.transports')
    const { status, stdout, stderr } = await home.run(['app-server', '--listen', 'ws://127.0.0.1:0', ...words])
    expect([status, stdout]).toEqual([expected, ''])
    expect(stderr).toContain(`error ${code}: `)
    expect(stderr).toContain(problem)
  })

  it.each([
    ['no config.toml', () => '', 2, 'MODEL_UNNAMED', 'config.toml'],
    ['a typo', () => 'model = [broken', 2, 'CONFIG_INVALID', 'Correct the file'],
    [
      'no key',
      () => model.settings.replace(/^base_url/m, 'env_key = "NOT_SET_ANYWHERE"\nbase_url'),
      1,
      'MODEL_REFUSED',
      'NOT_SET_ANYWHERE',
    ],
    [
      'no such endpoint',
      () => model.settings.replace(/^base_url.*$/m, 'base_url = "http://127.0.0.1:9/v1"'),
      1,
      'MODEL_UNREACHABLE',
      'base_url',
    ],
  ])('tells what is wrong by a code, and what to do: %s', async (_what, settings, expected, code, words) => {
    verifies('agent.headless')
    writeFileSync(join(home.folder.path, 'app-server', 'config.toml'), settings())
    const { status, stdout, stderr } = await home.run(['exec', 'hello', '--cd', cwd])
    expect([status, stdout]).toEqual([expected, ''])
    expect(stderr).toContain(`error ${code}: `)
    expect(stderr).toContain(words)
    expect(stderr).toContain('\nnext: ')
  })

  it('says why its server did not start', async () => {
    verifies('agent.headless')
    writeFileSync(join(home.folder.path, 'app-server', 'config.toml'), 'model = [broken')
    const { status, stderr } = await home.run(['exec', 'hello'])
    expect(status).not.toBe(0)
    expect(stderr).toContain('config.toml')
  })
})

describe.skipIf(lacks.length > 0)(`tui with a server of its own${without(lacks)}`, () => {
  it('runs a command after it was approved, and comes back to the thread', async () => {
    verifies('tui.remote')
    verifies('tui.resume')
    answer = ({ outputs, prompt }) =>
      outputs.length === 0 && prompt === 'go'
        ? {
            call: 'exec_command',
            args: {
              cmd: 'echo made > made.txt; cat made.txt',
              sandbox_permissions: 'require_escalated',
              justification: 'to make it',
            },
          }
        : ['It is ', outputs.join('').includes('made') ? 'made' : 'not made']
    await using tmux = await openTmux(home.env, { cols: 100, rows: 30 })
    await tmux.enter(towline('tui', '--cd', cwd).join(' '))
    await tmux.until(/scripted · /)
    await tmux.enter('go')
    await tmux.until(/Run this command\?/)
    await tmux.press('y')
    await tmux.until(/It is made/)
    await tmux.enter('/quit')
    await tmux.until(/^local>$/m)
    await using again = await openTmux(home.env, { cols: 100, rows: 30 })
    await again.enter(towline('tui', 'resume', '--last', '--cd', cwd).join(' '))
    await again.until(/^> go\n[^]*echo made > made\.txt[^]*It is made/m)
  })
})
