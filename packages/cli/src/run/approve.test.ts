/** Proves that a person at a terminal sees exactly what is asked, that only a clear yes is one, and that nothing else allows. */
import { PassThrough } from 'node:stream'
import { silentLog } from '@towline/base'
import { type Daemon, openDaemon, openSupervisor, type Supervisor } from '@towline/operations'
import { type TempFolder, tempFolder } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testIo } from '../../test/test-io.ts'
import { runCli } from '../run-cli.ts'
import { AGENT } from '../version.ts'

let folder: TempFolder
let daemon: Daemon
let supervisor: Supervisor
beforeEach(async () => {
  folder = tempFolder('approve')
  const env = { TOWLINE_HOME: folder.path }
  const opened = await openDaemon({ env, agent: AGENT, log: silentLog() })
  if (!opened) throw new Error('another supervisor runs')
  daemon = opened
  supervisor = openSupervisor({ env, program: [], agent: AGENT })
})
afterEach(async () => {
  await daemon.close()
  folder.remove()
})

const question = {
  ...{ tool: 'towline_webtty_exec', fingerprint: 'f1', summary: 'run "systemctl restart nginx"', agent: 'codex' },
  ...{ request: '{\n  "argv": ["systemctl\u001b[2J"]\n}', thread: 't1', target: 'tow://edge-lab', secondsToLive: 600 },
}

const cli = async (words: readonly string[], said?: string) => {
  const stdin = new PassThrough()
  const test = testIo({ env: { TOWLINE_HOME: folder.path }, tty: said !== undefined, stdin })
  if (said !== undefined) stdin.end(said)
  const exit = await runCli(test.io, words)
  await new Promise((done) => setImmediate(done))
  return { exit, stdout: test.stdout(), stderr: test.stderr() }
}

describe('cli approve', () => {
  it('cli approve: is for a terminal, as programs may refuse but not allow', async () => {
    const { id } = await supervisor.askApproval(question)
    const { exit, stderr } = await cli(['approve', id])
    expect(exit).toBe(4)
    expect(stderr).toContain('TERMINAL_NEEDED')
    expect(stderr).toContain(`towline approve ${id}`)
    expect(await supervisor.listApprovals()).toMatchObject([{ id, status: 'waiting' }])
    expect(await cli(['approve', id, '--refuse'])).toMatchObject({ exit: 0, stdout: `refused ${id}\n` })
    await expect(supervisor.useApproval(id, 'f1')).rejects.toMatchObject({ code: 'APPROVAL_REFUSED' })
  })

  it('cli approve: tells what waits no more', async () => {
    expect(await cli(['approve', 'apl_gone'], 'y\n')).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('APPROVAL_UNKNOWN'),
    })
    expect(await cli(['approve'], 'y\n')).toMatchObject({ exit: 0, stderr: 'Nothing waits for approval.\n' })
  })

  it('cli approve: shows all of what is asked, made harmless, and allows it after a yes', async () => {
    const { id } = await supervisor.askApproval(question)
    const { exit, stdout, stderr } = await cli(['approve'], 'y\n')
    expect([exit, stdout]).toEqual([0, `approved ${id}\n`])
    for (const text of ['codex, thread t1', question.tool, question.summary, question.target, '  }'])
      expect(stderr).toContain(text)
    expect(stderr).toContain('"argv": ["systemctl\ufffd[2J"]')
    expect(await supervisor.useApproval(id, 'f1')).toMatchObject({ status: 'approved' })
  })

  it.each(['', '\n', 'n\n', 'yep\n', 'no\n'])('cli approve: takes %j for a no', async (said) => {
    const { id } = await supervisor.askApproval(question)
    expect(await cli(['approve', id], said)).toMatchObject({ exit: 0, stdout: `refused ${id}\n` })
  })

  it('cli approvals: lists what waits', async () => {
    const { id } = await supervisor.askApproval(question)
    const { exit, stdout } = await cli(['approvals', '-o', 'json'])
    expect(exit).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject([{ id, ...{ tool: question.tool, status: 'waiting' } }])
  })
})

describe('cli local', () => {
  it.each([[['local', 'stop']], [['local', 'stop', 'x', '--all']]])('cli local: %j is a usage error', async (words) => {
    expect(await cli(words)).toMatchObject({ exit: 2, stderr: expect.stringContaining('Give an id, or --all.') })
  })

  it('cli local: tells an unknown tunnel, and lists none', async () => {
    expect(await cli(['local', 'stop', 'x'])).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('LOCAL_UNKNOWN'),
    })
    expect(await cli(['local', 'list', '-o', 'json'])).toMatchObject({ exit: 0, stdout: '[]\n' })
  })
})
