/** Proves `towline tui` by what a person sees in a terminal and types there, against an app-server that the test plays. */
import { towline, openHome, type Home } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing, openTmux, type Tmux, without } from '../tmux.ts'
import { openStub, type Stub } from './stub.ts'

const lacks = missing('tmux')

describe.skipIf(lacks.length > 0)(`towline tui${without(lacks)}`, () => {
  let home: Home
  beforeAll(() => {
    home = openHome()
  })
  afterAll(() => home?.close())

  const open = async (stub: Stub, words: readonly string[] = [], size = { cols: 80, rows: 30 }): Promise<Tmux> => {
    const tmux = await openTmux(home.env, size)
    await tmux.enter(towline('tui', ...words, '--remote', stub.url).join(' '))
    return tmux
  }

  it('sends what is typed and streams the answer', async () => {
    await using stub = await openStub()
    await using tmux = await open(stub)
    await tmux.until(/stub-model/)
    await tmux.type('hello there')
    await tmux.press('Enter')
    const screen = await tmux.until(/You said: hello there/)
    expect(screen).toMatch(/^> hello there$/m)
  })
})
