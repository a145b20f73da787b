/** Proves how a person comes to a thread in `towline tui`, leaves it, and that no text drives the terminal. */
import { type Home, openHome, towline, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing, openTmux, type Tmux, without } from '../tmux.ts'
import { COMMAND, openStub, type Stub } from './stub.ts'

const lacks = missing('tmux')

describe.skipIf(lacks.length > 0)(`towline tui: threads${without(lacks)}`, () => {
  let home: Home
  beforeAll(() => {
    home = openHome()
  })
  afterAll(() => home?.close())

  const start = async (words: readonly string[], env = home.env): Promise<Tmux> => {
    const tmux = await openTmux(env, { cols: 80, rows: 30 })
    await tmux.enter(towline('tui', ...words).join(' '))
    return tmux
  }

  /** A server that has two threads. */
  const withThreads = async (stub: Stub): Promise<void> => {
    for (const [prompt, cd] of [
      ['first', '/srv/one'],
      ['other', '/srv/two'],
    ] as const) {
      const { status } = await home.run(['exec', prompt, '--remote', stub.url, '--cd', cd])
      expect(status).toBe(0)
    }
  }

  it('goes on with a thread that is chosen from a list', async () => {
    verifies('tui.resume')
    await using stub = await openStub()
    await withThreads(stub)
    await using tmux = await start(['resume', '--remote', stub.url])
    const list = await tmux.until(/Which thread to resume\?/)
    expect(list).toMatch(/> .*other\n {2}.*first/)
    await tmux.press('Down')
    await tmux.press('Enter')
    await tmux.until(/^> first\n\s*\nYou said: first$/m)
    await tmux.enter('more')
    await tmux.until(/You said: more/)
    const turns = stub.heard.filter(({ method }) => method === 'turn/start').map(({ params }) => params.threadId)
    expect(turns[2]).toBe(turns[0])
  })

  it('goes on with the last thread, with that of a folder, and in a copy', async () => {
    verifies('tui.resume')
    await using stub = await openStub()
    await withThreads(stub)
    await using last = await start(['resume', '--last', '--remote', stub.url])
    await last.until(/^You said: other$/m)
    await using ofFolder = await start(['resume', '--last', '--cd', '/srv/one', '--remote', stub.url])
    await ofFolder.until(/^You said: first$/m)
    await using ofAll = await start(['resume', '--last', '--all', '--cd', '/srv/one', '--remote', stub.url])
    await ofAll.until(/^You said: other$/m)
    await using forked = await start(['fork', '--last', '--remote', stub.url])
    await forked.until(/^You said: other$/m)
    await forked.enter('in the copy')
    await forked.until(/You said: in the copy/)
    const turns = stub.heard.filter(({ method }) => method === 'turn/start').map(({ params }) => params.threadId)
    expect(new Set(turns).size).toBe(3)
  })

  it('works in the folder it is told', async () => {
    verifies('tui.resume')
    await using stub = await openStub()
    await using tmux = await start(['--cd', '/srv/three', '--remote', stub.url])
    await tmux.until(/stub-model · \/srv\/three/)
    expect((await stub.said('thread/start')).params).toEqual({ cwd: '/srv/three' })
  })

  it('has commands behind a slash', async () => {
    verifies('tui.resume')
    await using stub = await openStub()
    await withThreads(stub)
    await using tmux = await start(['--remote', stub.url])
    await tmux.until(/stub-model/)
    await tmux.enter('/list')
    await tmux.until(/other\n.*first/)
    await tmux.enter('/status')
    await tmux.until(/agent {4}idle/)
    await tmux.enter('/nonsense')
    await tmux.until(/There is no \/nonsense/)
    await tmux.enter('/resume')
    await tmux.until(/Which thread to resume\?/)
    await tmux.type('first')
    await tmux.press('Enter')
    await tmux.until(/^You said: first$/m)
    await tmux.enter('/compact')
    await tmux.until(/The conversation so far was summed up\./)
    await tmux.enter('/fork')
    await stub.said('thread/fork')
    await tmux.enter('/quit')
    await tmux.until(/^local>$/m)
  })

  it('ends by Ctrl-C twice, and prints how to come back', async () => {
    verifies('tui.resume')
    await using stub = await openStub()
    await using tmux = await start(['hello', '--remote', stub.url])
    await tmux.until(/You said: hello/)
    await tmux.type('half')
    await tmux.press('C-c')
    await tmux.press('C-c')
    await tmux.until(/Ctrl-C again leaves\./)
    await tmux.press('C-c')
    const screen = await tmux.until(/^local>$/m)
    const { threadId } = (await stub.said('turn/start')).params
    expect(screen.replaceAll('\n', '')).toContain(`towline tui resume ${threadId} --remote ${stub.url}`)
    await tmux.enter('stty -a | tr ";" "\\n" | grep -c -- "-icanon"')
    await tmux.until(/^0$/m)
  })

  it('copies the last answer to the clipboard, also inside tmux', async () => {
    verifies('tui.copy')
    await using stub = await openStub({ script: ({ say }) => say('Grüße, ', '世界') })
    await using tmux = await start(['hello', '--remote', stub.url])
    await tmux.until(/世界/)
    await tmux.enter('/copy')
    await tmux.until(/Copied to the clipboard\./)
    expect(await tmux.command('show-buffer')).toBe('Grüße, 世界')
  })

  it('takes a paste of several lines whole, and what was sent before', async () => {
    verifies('tui.remote')
    await using stub = await openStub()
    await using tmux = await start(['--remote', stub.url])
    await tmux.until(/stub-model/)
    await tmux.command('set-buffer', 'one\ntwo\nthree')
    await tmux.command('paste-buffer', '-p')
    await tmux.until(/three/)
    await tmux.press('Enter')
    await tmux.until(/You said: one\ntwo\nthree/)
    expect((await stub.said('turn/start')).params.input[0].text).toBe('one\ntwo\nthree')
    await tmux.press('Up')
    await tmux.press('Up')
    await tmux.press('End')
    await tmux.type('!')
    await tmux.press('Enter')
    await stub.said('turn/start', ({ params }) => /!/.test(params.input[0].text))
  })

  it('follows the size of the terminal', async () => {
    verifies('tui.remote')
    await using stub = await openStub({ script: ({ say }) => say('word '.repeat(40)) })
    await using tmux = await start(['--remote', stub.url])
    await tmux.until(/stub-model/)
    await tmux.resize(40, 20)
    await tmux.type('x'.repeat(60))
    await tmux.until(/^> x{38}\n {2}x{22}$/m)
    await tmux.press('Enter')
    await tmux.until(/(^(word ){7}word$\n){4}/m)
  })

  it('lets no text of the server drive the terminal', async () => {
    verifies('tui.remote')
    const evil = '\u001b]0;owned\u0007\u001b[2J\u001b[?1049h\u009b31m\u001bc\u0007\u202eevil\u001b]52;c;AAAA\u0007 text'
    await using stub = await openStub({
      script: ({ say, item, begin, delta, end, tell }) => {
        begin({ ...COMMAND, command: `echo ${evil}` })
        delta('item/commandExecution/outputDelta', 'c1', `out ${evil}\n`)
        end({ ...COMMAND, command: `echo ${evil}`, status: 'completed', exitCode: 0, aggregatedOutput: null })
        item({
          type: 'fileChange',
          id: 'f',
          status: 'completed',
          changes: [{ path: evil, kind: { type: 'add' }, diff: evil }],
        })
        tell('warning', { message: evil })
        say(...`said ${evil}`)
      },
    })
    await using tmux = await start(['hello', '--remote', stub.url])
    const screen = await tmux.until(/said evil text/)
    expect(screen).toContain('out evil text')
    expect(await tmux.ask('#{alternate_on} #{pane_title}')).not.toMatch(/^1|owned/)
    expect(await tmux.command('show-buffer').catch(() => 'none')).toBe('none')
  })
})
