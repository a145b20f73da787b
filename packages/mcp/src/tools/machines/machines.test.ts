/** Proves the tools that run commands on a machine, against a relay and a machine of this process. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LIMITS } from '@towline/protocol'
import { eventually, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, openWorkstation, type Workstation } from '../tools.fixture.ts'
import { webttyExec } from './webtty-exec.ts'

const url = 'tow://lab'
const CANARY = 'canary-of-a-secret-9876'

let station: Workstation
let root: string
beforeAll(async () => {
  station = await openWorkstation({}, { DEPLOY_KEY: CANARY })
  root = await station.serve('lab')
})
afterAll(() => station.close())

const exec = (args: Answer, signal?: AbortSignal): Promise<Answer> =>
  station.use('towline_webtty_exec', { url, ...args }, signal)

const processes = async (): Promise<readonly Answer[]> =>
  (await station.use('towline_webtty_exec_list', { url }))['processes'] as readonly Answer[]

const stateOf = async (processId: unknown): Promise<unknown> =>
  (await processes()).find((one) => one['processId'] === processId)?.['state']

/** What is printed on one output, once it has what is waited for. */
const printed = (processId: unknown, text: string): Promise<Answer> =>
  eventually(`the output ${text}`, async () => {
    const answer = await station.use('towline_webtty_exec_read', { url, processId, waitMs: 1_000 })
    return (answer['stdout'] as { text: string }).text.includes(text) ? answer : undefined
  })

const refusal = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  )

describe('mcp webtty exec: what is refused', () => {
  it.each<readonly [string, Answer, string]>([
    ['neither argv nor shell', {}, 'REQUEST_INVALID'],
    ['argv and shell', { argv: ['true'], shell: 'true' }, 'REQUEST_INVALID'],
    ['a secret that is unknown', { argv: ['true'], env: { A: 'secret://sec_none' } }, 'SECRET_REFUSED'],
    [
      "Towline's own token as a variable",
      { argv: ['true'], env: { A: 'secret://env/TOWLINE_TOKEN' } },
      'SECRET_REFUSED',
    ],
    ['a machine that is not there', { url: 'tow://nowhere', argv: ['true'] }, 'TUNNEL_UNKNOWN'],
    ['a machine that is not pinned', { argv: ['true'], pinned: true }, 'E2E_SERVER_UNKNOWN'],
    ['variables that choose programs', { argv: ['true'], env: { LD_PRELOAD: '/x' } }, 'ENV_REFUSED'],
  ])('%s', async (_what, args, code) => {
    expect(await refusal(exec(args))).toBe(code)
  })

  it('writing to a command without input, and to one that is unknown', async () => {
    const { processId } = await exec({ argv: ['sleep', '60'], background: true })
    const write = (args: Answer): Promise<unknown> =>
      refusal(station.use('towline_webtty_exec_write', { url, stdin: 'x', ...args }))
    expect(await write({ processId })).toBe('PROCESS_TAKES_NO_INPUT')
    expect(await write({ processId: 'prc_unknown' })).toBe('PROCESS_UNKNOWN')
    expect(await write({ processId, stdin: '' })).toBe('REQUEST_INVALID')
    await station.use('towline_webtty_exec_signal', { url, processId, signal: 'KILL' })
  })

  it.each<readonly [Answer, string]>([
    [{ argv: ['uname', '-a'] }, 'read'],
    [{ argv: ['uname', '-a'], env: { PATH: '/tmp' } }, 'execute'],
    [{ shell: 'uname -a' }, 'execute'],
    [{ argv: ['rm', '-rf', '/'] }, 'execute'],
  ])('counts %j as %s', async (args, risk) => {
    expect(await station.riskOf('towline_webtty_exec', { url, ...args })).toBe(risk)
  })
})

describe('mcp webtty exec', () => {
  it('answers output and status, and counts another status than 0 as a failure', async () => {
    verifies('mcp.webtty')
    mkdirSync(join(root, 'inner'))
    const answer = await exec({ shell: 'echo out; echo err >&2; basename "$PWD"; exit 3', cwd: join(root, 'inner') })
    expect(answer).toMatchObject({
      ...{ state: 'exited', exitCode: 3, signal: null, timedOut: false, machine: 'lab', encrypted: false },
      ...{ stdout: 'out\ninner\n', stderr: 'err\n', stdoutBytes: 10, stderrBytes: 4 },
    })
    expect(answer['next']).toBeUndefined()
  })

  it('gives argv as it is, without a shell', async () => {
    const argv = ['printf', '%s|', '$HOME', 'a b', '*', '; id']
    expect(await exec({ argv })).toMatchObject({ stdout: '$HOME|a b|*|; id|' })
  })

  it('leaves out the middle of long outputs, says which bytes, and reads them later', async () => {
    verifies('exec.bounds', 'mcp.webtty')
    const answer = await exec({ argv: ['seq', '1', '20000'] })
    const all = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join('')
    const gap = answer['stdoutLeftOut'] as { from: number; to: number }
    expect(answer['stdoutBytes']).toBe(all.length)
    expect(all.length - (gap.to - gap.from)).toBe(LIMITS.mcpOutputBytes)
    let text = ''
    for (let at = gap.from; at < gap.to; ) {
      const part = await station.use('towline_webtty_exec_read', {
        ...{ url, processId: answer['processId'], stdoutAfter: at, maxBytes: 30_000 },
      })
      const {
        offset,
        nextOffset,
        text: more,
        lostBytes,
      } = part['stdout'] as unknown as { offset: number; nextOffset: number; text: string; lostBytes: number }
      expect({ offset, lostBytes }).toEqual({ offset: at, lostBytes: 0 })
      expect(nextOffset - offset).toBeLessThanOrEqual(30_000)
      text += more
      at = nextOffset
    }
    expect(text.startsWith(all.slice(gap.from, gap.to))).toBe(true)
  })

  it('answers what fits, however much room its text takes in JSON', async () => {
    const answer = await exec({ shell: "head -c 131072 /dev/zero | tr '\\0' '\\1'", maxOutputBytes: 131_072 })
    expect(JSON.stringify(answer).length).toBeLessThan(LIMITS.mcpLocalAnswerChars)
    const gap = answer['stdoutLeftOut'] as { from: number; to: number }
    expect({ bytes: answer['stdoutBytes'], leftOut: gap.to > gap.from }).toEqual({ bytes: 131_072, leftOut: true })
  })

  it('tells bytes that are no text as they are', async () => {
    const answer = await exec({ argv: ['printf', '\\377\\000'] })
    expect(answer).toMatchObject({ stdout: Buffer.from([255, 0]).toString('base64'), stdoutEncoding: 'base64' })
  })

  it('leaves a command running that outlives yieldMs, and reads on until it ends', async () => {
    verifies('mcp.webtty')
    const answer = await exec({ shell: 'echo one; read line; echo "got $line"; exit 4', stdinOpen: true, yieldMs: 0 })
    const { processId } = answer
    expect(answer).toMatchObject({ state: 'running', exitCode: null, durationMs: null })
    const first = await printed(processId, 'one')
    expect(first).toMatchObject({ state: 'running', more: true })
    const written = await station.use('towline_webtty_exec_write', { url, processId, stdin: 'two\n', eof: true })
    expect(written).toEqual({ processId, writtenBytes: 4, eof: true })
    await eventually('its end', async () => ((await stateOf(processId)) === 'exited' ? true : undefined))
    const { nextOffset } = first['stdout'] as { nextOffset: number }
    expect(
      await station.use('towline_webtty_exec_read', { url, processId, stdoutAfter: nextOffset, waitMs: 5_000 }),
    ).toMatchObject({ state: 'exited', exitCode: 4, stdout: { text: 'got two\n', offset: nextOffset }, more: false })
  })

  it('gives a background command its input before it is left alone', async () => {
    const { processId, state } = await exec({ argv: ['cat'], stdin: 'for cat\n', background: true })
    expect(['running', 'exited']).toContain(state)
    expect(await printed(processId, 'for cat')).toMatchObject({ stdout: { text: 'for cat\n' } })
  })

  it('ends a command by a signal, and says so', async () => {
    verifies('mcp.webtty')
    const { processId } = await exec({ argv: ['sleep', '1000'], background: true })
    await station.use('towline_webtty_exec_signal', { url, processId, signal: 'TERM' })
    await eventually('its end', async () => ((await stateOf(processId)) === 'running' ? undefined : true))
    expect(await station.use('towline_webtty_exec_read', { url, processId })).toMatchObject({
      ...{ state: 'killed', signal: 'SIGTERM', exitCode: null },
    })
  })

  it('ends a command whose call is cancelled, and not one in the background', async () => {
    verifies('mcp.webtty')
    const cancel = new AbortController()
    const purpose = 'to be cancelled'
    const running = exec({ shell: 'echo begun > cancelled; exec sleep 1000', cwd: root, purpose }, cancel.signal)
    running.catch(() => undefined)
    await eventually('the file', () => (existsSync(join(root, 'cancelled')) ? true : undefined))
    const { processId } = await exec({ argv: ['sleep', '1000'], background: true }, cancel.signal)
    cancel.abort(new Error('cancelled'))
    const ended = await eventually('its end', async () =>
      (await processes()).find(({ label, state }) => String(label).includes(purpose) && state !== 'running'),
    )
    expect(ended['state']).toBe('killed')
    expect(await stateOf(processId)).toBe('running')
    await station.use('towline_webtty_exec_signal', { url, processId, signal: 'KILL' })
  })

  it('ends a command that takes longer than it may, which counts as a failure', async () => {
    verifies('mcp.webtty')
    const answer = await exec({ argv: ['sleep', '999'], timeoutMs: 1, yieldMs: 60_000 })
    expect(answer).toMatchObject({ state: 'timed_out', timedOut: true })
    expect(webttyExec.failed?.(answer)).toBe(true)
  })

  it('says which agent and thread started a process, and what for', async () => {
    verifies('guard.labels')
    await exec({ argv: ['true'], purpose: 'look around' })
    const [newest] = await processes()
    expect(newest).toMatchObject({
      command: 'true',
      label:
        'towline.agent/source=mcp,towline.agent/name=test-client,towline.agent/thread=thread-1,towline.agent/purpose=look around',
    })
  })

  it('hands secrets to a command by reference, and shows them nowhere', async () => {
    verifies('guard.secrets')
    const file = join(station.folder, 'secret')
    writeFileSync(file, 'of-a-file-4711\n', { mode: 0o600 })
    const answer = await exec({
      shell: 'printf "%s %s" "$KEY" "$FILE" > got; echo "it is $KEY"; cat',
      ...{ env: { KEY: 'secret://env/DEPLOY_KEY', FILE: `secret://file${file}` }, stdin: 'secret://env/DEPLOY_KEY' },
      cwd: root,
    })
    expect(readFileSync(join(root, 'got'), 'utf8')).toBe(`${CANARY} of-a-file-4711`)
    expect(answer).toMatchObject({ exitCode: 0, stdout: 'it is ***\n***' })
    expect(JSON.stringify([answer, await processes()])).not.toContain(CANARY)
  })
})

describe('mcp webtty list', () => {
  it('finds machines by name, and tells what they are', async () => {
    verifies('mcp.webtty')
    expect(await station.use('towline_webtty_list', { name: 'LA' })).toMatchObject({
      ...{ total: 1, leftOut: 0 },
      machines: [{ name: 'lab', url, status: 'online', files: 'read-write', encrypted: false }],
    })
    expect(await station.use('towline_webtty_list', { name: 'none' })).toEqual({ machines: [], total: 0, leftOut: 0 })
  })
})
