/** Proves `towline tui` by what a person sees in a terminal and types there, against an app-server that the test plays. */
import { type Home, openHome, towline, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing, openTmux, type Tmux, without } from '../tmux.ts'
import { COMMAND, openStub, type Script, type Stub } from './stub.ts'

const lacks = missing('tmux')

const APPROVAL = {
  ...{ itemId: 'c1', kind: 'command', command: 'rm -rf build', cwd: '/srv/app', reason: 'to build anew' },
  ...{ environmentId: null, commandActions: [], proposedExecpolicyAmendment: ['rm', '-rf'] },
}

/** Asks before it runs a command, and tells what was decided. */
const asking: Script = async ({ begin, end, ask, say }) => {
  begin(COMMAND)
  const { decision } = await ask('item/commandExecution/requestApproval', APPROVAL)
  const isRun = decision !== 'decline' && decision !== 'cancel'
  end({
    ...COMMAND,
    status: isRun ? 'completed' : 'declined',
    aggregatedOutput: isRun ? 'gone\n' : null,
    exitCode: isRun ? 0 : null,
  })
  say(`Decided: ${JSON.stringify(decision)}`)
}

/** Goes on when the test says so, and can be asked how far it came. */
const stepped = (): { readonly script: Script; step(): void } => {
  let go: (() => void) | undefined
  return {
    script: async ({ begin, end, delta }) => {
      begin({ type: 'agentMessage', id: 'm1', text: '', phase: null })
      delta('item/agentMessage/delta', 'm1', 'first ')
      await new Promise<void>((done) => {
        go = done
      })
      delta('item/agentMessage/delta', 'm1', 'second')
      end({ type: 'agentMessage', id: 'm1', text: 'first second', phase: null })
    },
    step: () => go?.(),
  }
}

describe.skipIf(lacks.length > 0)(`towline tui${without(lacks)}`, () => {
  let home: Home
  beforeAll(() => {
    home = openHome()
  })
  afterAll(() => home?.close())

  const open = async (stub: Stub, words: readonly string[] = [], size = { cols: 80, rows: 30 }): Promise<Tmux> => {
    const tmux = await openTmux(home.env, size)
    await tmux.enter(towline('tui', ...words, '--remote', stub.url).join(' '))
    if (words[0] !== 'resume') await tmux.until(/stub-model/)
    return tmux
  }

  it('sends what is typed and streams the answer as Markdown', async () => {
    verifies('tui.remote')
    await using stub = await openStub({
      script: ({ say, prompt }) =>
        say('# Ti', 'tle\n\n- one\n- **t', 'wo**\n\n```\nco', 'de\n```\n\nYou said `', prompt, '`'),
    })
    await using tmux = await open(stub)
    await tmux.enter('hello there')
    const screen = await tmux.until(/You said hello there/)
    expect(screen).toMatch(/^> hello there\n\s*\n# Title\n\n• one\n• two\n\n {2}code\n\nYou said hello there$/m)
  })

  it('shows the output of a command while it runs, its plan, and what it changed', async () => {
    verifies('tui.remote')
    let go = (): void => {}
    await using stub = await openStub({
      script: async ({ begin, end, item, delta, tell, say }) => {
        begin(COMMAND)
        for (let line = 1; line <= 100; line += 1) delta('item/commandExecution/outputDelta', 'c1', `line ${line}\n`)
        tell('turn/plan/updated', { explanation: null, plan: [{ step: 'Build it', status: 'inProgress' }] })
        await new Promise<void>((done) => {
          go = done
        })
        end({ ...COMMAND, status: 'failed', aggregatedOutput: 'no luck\n', exitCode: 2 })
        const diff = '@@ -1 +1 @@\n-old\n+new\n'
        item({
          type: 'fileChange',
          id: 'f1',
          status: 'completed',
          changes: [{ path: 'a.txt', kind: { type: 'update', move_path: null }, diff }],
        })
        say('done')
      },
    })
    await using tmux = await open(stub)
    await tmux.enter('go')
    const running = await tmux.until(/line 100/)
    expect(running).toMatch(/\$ rm -rf build …/)
    expect(running).toMatch(/… 89 lines before/)
    expect(running).not.toMatch(/line 89$/m)
    await tmux.until(/▶ Build it/)
    go()
    const screen = await tmux.until(/^done/m)
    expect(screen).toMatch(/\$ rm -rf build \(exit status 2\)\n {2}└ no luck\n/)
    expect(screen).toMatch(/± a\.txt changed\n {4}@@ -1 \+1 @@\n {4}-old\n {4}\+new\n/)
    expect(screen).not.toMatch(/Build it/)
  })

  it.each([
    ['y', '"accept"', 'gone'],
    ['s', '"acceptForSession"', 'gone'],
    ['p', '{"acceptWithExecpolicyAmendment":{"execpolicy_amendment":["rm","-rf"]}}', 'gone'],
    ['n', '"decline"', 'declined'],
    ['Escape', '"cancel"', 'declined'],
  ])('asks before a command, and answers %s', async (key, decision, outcome) => {
    verifies('tui.remote')
    await using stub = await openStub({ script: asking })
    await using tmux = await open(stub)
    await tmux.enter('go')
    const question = await tmux.until(/Run this command\?[^]*Esc {2}No, and stop/)
    expect(question).toContain('? Why: to build anew\n? $ rm -rf build\n? in /srv/app')
    expect(question).toContain('p  Yes, and always for commands that begin with "rm -rf"')
    await tmux.press(key)
    const screen = await tmux.until(/Decided: /)
    expect(screen.replaceAll(/\n/g, '')).toContain(`Decided: ${decision}`)
    expect(screen).toContain(outcome)
    expect(screen).not.toContain('Run this command?')
  })

  it('takes a question away when somebody else has answered it', async () => {
    verifies('tui.remote')
    await using stub = await openStub({ script: asking })
    await using tmux = await open(stub)
    await tmux.enter('go')
    await tmux.until(/Run this command\?/)
    const { threadId } = (await stub.said('turn/start')).params
    await using other = await open(stub, ['resume', threadId])
    await other.until(/Run this command\?/)
    await other.press('y')
    await tmux.until(/Decided: "accept"/)
    expect(await tmux.screen()).not.toContain('Run this command?')
  })

  it('interrupts the agent by Esc', async () => {
    verifies('tui.remote')
    await using stub = await openStub({
      script: ({ interrupted, delta, begin }) => {
        begin({ type: 'agentMessage', id: 'm', text: '', phase: null })
        delta('item/agentMessage/delta', 'm', 'thinking hard')
        return new Promise((done) => interrupted.addEventListener('abort', () => done()))
      },
    })
    await using tmux = await open(stub)
    await tmux.enter('go')
    await tmux.until(/thinking hard[^]*Working/)
    await tmux.press('Escape')
    const screen = await tmux.until(/Interrupted\./)
    expect(screen).not.toMatch(/Working/)
    await stub.said('turn/interrupt')
  })

  it.each([true, false])('goes on after a break in the middle of a turn (numbered: %s)', async (replays) => {
    verifies('tui.reconnect')
    const { script, step } = stepped()
    await using stub = await openStub({ script, replays })
    await using tmux = await open(stub)
    await tmux.enter('go')
    await tmux.until(/^first/m)
    const back = stub.cut(true)
    await tmux.until(/Reconnecting to the server…/)
    step()
    back()
    const screen = await tmux.until(/^first second$/m)
    expect(screen.match(/first/g)).toHaveLength(1)
    expect(screen.match(/^> go$/gm)).toHaveLength(1)
    expect(await tmux.until(/stub-model/)).not.toMatch(/Reconnecting|Working/)
  })

  it('keeps a question over a break, and answers it on the new connection', async () => {
    verifies('tui.reconnect')
    await using stub = await openStub({ script: asking })
    await using tmux = await open(stub)
    await tmux.enter('go')
    await tmux.until(/Run this command\?/)
    const back = stub.cut(true)
    await tmux.until(/Reconnecting/)
    await tmux.press('y')
    back()
    await tmux.until(/Decided: "accept"/)
  })

  it('sends what was typed while nobody answered, once', async () => {
    verifies('tui.reconnect')
    await using stub = await openStub()
    await using tmux = await open(stub)
    await tmux.enter('one')
    await tmux.until(/You said: one/)
    const back = stub.cut(true)
    await tmux.until(/Reconnecting/)
    await tmux.enter('two')
    back()
    const screen = await tmux.until(/You said: two/)
    expect(screen.match(/You said: /g)).toHaveLength(2)
    expect(stub.heard.filter(({ method }) => method === 'turn/start')).toHaveLength(2)
  })

  it('ends when its token is revoked, and says how to come back', async () => {
    verifies('tui.token')
    await using stub = await openStub({ token: 'right' })
    await using tmux = await openTmux({ ...home.env, TOKEN: 'right' }, { cols: 200, rows: 30 })
    await tmux.enter(towline('tui', 'hello', '--remote', stub.url, '--remote-auth-token-env', 'TOKEN').join(' '))
    await tmux.until(/You said: hello/)
    stub.revoke()
    stub.cut()
    const screen = await tmux.until(/^local>$/m)
    expect(screen).toMatch(/To go on: towline tui resume \S+ --remote \S+ --remote-auth-token-env TOKEN/)
    expect(screen).toContain('HTTP error: 401 Unauthorized')
  })

  it('says when it is not let in', async () => {
    verifies('tui.token')
    await using stub = await openStub({ token: 'right' })
    await using tmux = await openTmux({ ...home.env, TOKEN: 'wrong' })
    await tmux.enter(towline('tui', '--remote', stub.url, '--remote-auth-token-env', 'TOKEN').join(' '))
    const screen = await tmux.until(/HTTP error: 401 Unauthorized/)
    expect(screen).not.toContain('wrong')
    await tmux.until(/^local>$/m)
  })
})
