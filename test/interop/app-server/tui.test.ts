/** Judges an app-server by the terminal of stock Codex: a person says things, sees what happens, allows, forbids, leaves and comes back. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRelay } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { missing, without } from '../../system/tmux.ts'
import { WITHOUT_AGENTS } from '../mcp/judges.ts'
import { folder } from '../processes.ts'
import { openPlayedServer } from './played-server.ts'
import type { StoryServer } from './played-story.ts'
import { openStockTui } from './stock-tui.ts'
import { openTowlineServer, type TowlineServer } from './towline-server.ts'

/** The first proves the judges: it has no part of ours in it. */
const SERVERS = [
  ['a played app-server', openPlayedServer],
  ['ours', openTowlineServer],
] as const

const lacks = missing('tmux')

describe.skipIf(WITHOUT_AGENTS || lacks.length > 0).each(SERVERS)(`interop tui on %s${without(lacks)}`, (_, open) => {
  let temp: ReturnType<typeof folder>
  let server: StoryServer
  beforeEach(async () => {
    temp = folder('story')
    server = await open(temp.path)
  })
  afterEach(async () => {
    await server?.close()
    temp.remove()
  })
  const made = (name: string): boolean => existsSync(join(temp.path, name))

  describe.each(['codex', 'codex-0128'] as const)('%s', (name) => {
    it('shows an answer while it is said', async () => {
      verifies('app.turn', 'app.items')
      await using tui = await openStockTui(name)
      await tui.start(server.port)
      await tui.say('say it slowly')
      const half = await tui.sees(/Here is the first half\./)
      expect(half).not.toContain('second half')
      server.release()
      await tui.sees(/Here is the second half\./)
    })

    it('runs the command that the person allows, and not the one that the person forbids', async () => {
      verifies('app.approvals', 'app.items')
      await using tui = await openStockTui(name)
      await tui.start(server.port)
      await tui.say('make one')
      await tui.answers(/Would you like to run[\s\S]*touch/, 'y')
      await tui.sees(/made-one[\s\S]*That was one\./)
      expect(made('one.txt')).toBe(true)
      await tui.say('make two')
      await tui.answers(/Would you like to run[\s\S]*touch '?two/, 'Escape')
      await tui.sees(/You canceled the request to run touch/)
      await tui.sees(/Conversation interrupted/)
      expect(made('two.txt')).toBe(false)
    })

    it('changes the file that the person allows to change', async () => {
      verifies('app.approvals', 'app.items')
      await using tui = await openStockTui(name)
      await tui.start(server.port)
      await tui.say('patch it')
      await tui.sees(/patched\.txt \(\+2 -0\)[\s\S]*\+first line[\s\S]*\+second line/)
      expect(made('patched.txt')).toBe(false)
      await tui.answers(/Would you like to make the following edits/, 'y')
      await tui.sees(/That was a patch\./)
      expect(readFileSync(join(temp.path, 'patched.txt'), 'utf8')).toBe('first line\nsecond line\n')
    })

    it('ends a turn by Escape, and goes on with the next', async () => {
      verifies('app.turn')
      await using tui = await openStockTui(name)
      await tui.start(server.port)
      await tui.say('wait for me')
      await tui.answers(/Working \(.*esc to interrupt/, 'Escape')
      await tui.sees(/Conversation interrupted/)
      await tui.say('hello there')
      await tui.sees(/Greetings from the agent, word by word\./)
    })

    it('shows what was, after the person left and came back', async () => {
      verifies('app.thread')
      await using tui = await openStockTui(name)
      await tui.start(server.port)
      await tui.say('make one')
      await tui.answers(/Would you like to run/, 'y')
      await tui.sees(/That was one\./)
      await tui.quit()
      await tui.start(server.port, 'resume', '--last')
      await tui.sees(/› make one[\s\S]*Ran touch[\s\S]*made-one[\s\S]*That was one\./)
      await tui.say('hello there')
      await tui.sees(/Greetings from the agent, word by word\./)
    })
  })

  it('asks everybody who watches, and the first answer counts', async () => {
    verifies('app.approvals', 'app.thread')
    await using first = await openStockTui('codex')
    await first.start(server.port)
    await first.say('hello there')
    await first.sees(/Greetings from the agent/)
    await using second = await openStockTui('codex')
    await second.start(server.port, 'resume', '--last')
    await second.sees(/Greetings from the agent/)
    await first.say('make one')
    await first.sees(/Would you like to run/)
    await second.answers(/Would you like to run/, 'y')
    for (const tui of [first, second]) {
      const shown = await tui.sees(/That was one\./)
      expect(shown).not.toContain('Would you like to run')
    }
    expect(made('one.txt')).toBe(true)
  })

  it('asks again after the network broke in the middle of a question', async () => {
    verifies('app.approvals')
    await using relay = await openRelay(server.port)
    await using tui = await openStockTui('codex')
    await tui.start(relay.port)
    await tui.say('make one')
    await tui.sees(/Would you like to run/)
    relay.fallSilent()
    relay.cut()
    await tui.sees(/Reconnecting to server/)
    relay.recover()
    await tui.answers(/Would you like to run[\s\S]*proceed/, 'y')
    await tui.sees(/made-one[\s\S]*That was one\./)
    expect(made('one.txt')).toBe(true)
  })
})

/** What Codex says of folders above that have settings for it, whatever the server is. */
const OF_ITS_OWN = /⚠ Project-local config[\s\S]*?config\.toml\./g

describe.skipIf(WITHOUT_AGENTS || lacks.length > 0)(`interop tui on ours alone${without(lacks)}`, () => {
  let temp: ReturnType<typeof folder>
  let server: TowlineServer
  beforeEach(async () => {
    temp = folder('story')
    server = await openTowlineServer(temp.path)
  })
  afterEach(async () => {
    await server?.close()
    temp.remove()
  })

  it('asks again after the server was killed in the middle of a question', async () => {
    verifies('app.approvals', 'app.rollout')
    await using tui = await openStockTui('codex')
    await tui.start(server.port)
    await tui.say('make one')
    await tui.sees(/Would you like to run/)
    await server.again()
    await tui.answers(/Would you like to run[\s\S]*proceed/, 'y')
    await tui.sees(/made-one[\s\S]*That was one\./)
    expect(existsSync(join(temp.path, 'one.txt'))).toBe(true)
  })

  it.each(['codex', 'codex-0128'] as const)('gives %s nothing to complain of', async (name) => {
    verifies('app.thread', 'app.turn')
    await using tui = await openStockTui(name)
    await tui.start(server.port)
    await tui.say('hello there')
    const first = await tui.sees(/Greetings from the agent, word by word\./)
    await tui.quit()
    await tui.start(server.port, 'resume', '--last')
    const again = await tui.sees(/Greetings from the agent, word by word\./)
    const history = await tui.tmux.screen({ history: true })
    for (const shown of [first, again, history])
      expect(shown.replace(OF_ITS_OWN, '')).not.toMatch(/^\s*[■⚠✗]|fail|error|invalid|unknown|warn/im)
    expect(server.complaints()).toBe('')
  })
})
