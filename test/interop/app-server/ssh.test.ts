/** Judges `towline ssh` by people at terminals: our own client on a machine of SSH, and stock Codex through a forwarded port. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSshd, type Sshd, sshdPath } from '../../system/app-server/sshd.ts'
import { missing, openTmux, without } from '../../system/tmux.ts'
import { WITHOUT_AGENTS } from '../mcp/judges.ts'
import { launch } from '../processes.ts'
import { towline } from '../towline.ts'
import { openStockTui } from './stock-tui.ts'
import { openStoryModel, type StoryModel } from './story-model.ts'

const lacks = missing('ssh', 'tmux', ...(sshdPath() === undefined ? ['sshd'] : []))

const CAREFUL = 'approval_policy = "on-request"\nsandbox_mode = "read-only"\n'
/** Ends soon after the last client, so that nothing is left of a test. */
const PROGRAM = `#!/bin/sh
TOWLINE_HOME="$HOME/state" exec ${towline().join(' ')} "$@" --idle-exit 1s
`

describe.skipIf(WITHOUT_AGENTS || lacks.length > 0)(`interop ssh${without(lacks)}`, () => {
  let sshd: Sshd
  let model: StoryModel
  beforeEach(async () => {
    model = await openStoryModel()
    const files = { '.bash_profile': 'echo Welcome\nPATH=$HOME/own:$PATH\n', 'own/towline': PROGRAM }
    const settings = { 'state/app-server/config.toml': CAREFUL + model.settings }
    sshd = await openSshd({ devbox: { shell: '/bin/bash', files: { ...files, ...settings } } })
    mkdirSync(join(sshd.home('devbox'), 'project'))
  })
  afterEach(async () => {
    const socket = join(sshd.home('devbox'), 'state/app-server/app-server-control/app-server-control.sock')
    await eventually('the end of the app-server there', () => (existsSync(socket) ? undefined : true), 60_000)
    await sshd[Symbol.asyncDispose]()
    await model.close()
  })
  const words = (...more: readonly string[]): readonly string[] =>
    towline('ssh', 'devbox', '--config', sshd.config, ...more)

  it('is a terminal of the agent on that machine', async () => {
    verifies('reach.ssh')
    await using tmux = await openTmux(
      { HOME: sshd.home('devbox'), PATH: '/usr/bin:/bin', TERM: 'xterm-256color' },
      { cols: 200 },
    )
    const project = join(sshd.home('devbox'), 'project')
    await tmux.enter(words('-C', project).join(' '))
    await tmux.until(/scripted ·/, 60_000)
    await tmux.type('make one')
    await tmux.until(/> make one/)
    await tmux.press('Enter')
    await tmux.until(/Run this command\?/, 60_000)
    await tmux.press('y')
    await tmux.until(/That was one\./, 60_000)
    expect(existsSync(join(project, 'one.txt'))).toBe(true)
    await tmux.press('C-c')
    await tmux.press('C-c')
    await tmux.until(/^local>/m, 60_000)
  })

  it('lets stock Codex use the app-server of that machine', async () => {
    verifies('reach.ssh')
    const forwarded = launch(words('--forward', 'ws://127.0.0.1:0'))
    const [, port] = await forwarded.said(/^ws:\/\/127\.0\.0\.1:(\d+)$/m, 60_000)
    await using tui = await openStockTui('codex')
    await tui.start(Number(port))
    await tui.say('make one')
    await tui.answers(/Would you like to run/, 'y')
    await tui.sees(/made-one[\s\S]*That was one\./)
    expect(existsSync(join(sshd.home('devbox'), 'one.txt'))).toBe(true)
    await tui.quit()
    await forwarded.stop()
  })
})
