/** Proves the tools of `towline mcp serve` as a process: a person logs in, a project is chosen, a machine is used. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LIMITS } from '@towline/protocol'
import { type Browser, eventually, type Home, openHome, startUp, type Up, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forgetProject } from '../login/approve.ts'
import { becomeOwnerOf, decide, enterCode } from '../oauth/login.ts'
import { type Json, type McpProcess, startMcp } from './mcp-process.ts'

const CANARY = 'canary-of-a-secret-2222'
const url = 'tow://lab'

describe('tools of mcp serve', () => {
  let up: Up
  let home: Home
  let root: string
  let ada: Browser
  let mcp: McpProcess
  let server: string
  beforeAll(async () => {
    up = await startUp()
    server = `http://localhost:${up.port}`
    ada = await becomeOwnerOf(up)
    root = join(up.folder.path, 'files')
    mkdirSync(root)
    await up.start(['webtty', 'server', '--name', 'lab', '--fs-root', root, '-o', 'json']).status('online')
    home = openHome()
    // Who is asked, and how, is proven elsewhere.
    writeFileSync(join(home.folder.path, 'policy.json'), '{"rules":[{"decision":"allow"}]}', { mode: 0o600 })
    mcp = await startMcp(home, [], { DEPLOY_KEY: CANARY })
  })
  afterAll(async () => {
    await home?.close()
    await up?.close()
  })

  const answerOf = async (name: string, args?: Json): Promise<Json> => {
    const { isError, answer } = await mcp.call(name, args)
    expect({ isError, answer }).toMatchObject({ isError: false })
    return answer
  }
  const refusalOf = async (name: string, args?: Json): Promise<Json> => {
    const { isError, answer } = await mcp.call(name, args)
    expect({ isError, answer }).toMatchObject({ isError: true, answer: { error: {} } })
    return answer['error'] as Json
  }
  const exec = (args: Json): Promise<Json> => answerOf('towline_webtty_exec', { url, ...args })
  const fs = (verb: string, args: Json): Promise<Json> => answerOf(`towline_webtty_fs_${verb}`, { url, ...args })

  it('says what is missing, and logs a person in over several calls', async () => {
    verifies('mcp.status', 'mcp.auth')
    expect(await answerOf('towline_runtime_status')).toMatchObject({
      ...{ ready: false, needsLogin: true, suggestedNextTool: 'towline_auth_start' },
    })
    expect(await refusalOf('towline_tunnel_list')).toMatchObject({ suggestedNextTool: 'towline_auth_start' })
    const permissions = ['workstation', 'projects', 'observe', 'delegate']
    const started = await answerOf('towline_auth_start', { url: server, permissions })
    const loginUrl = String(started['loginUrl'])
    expect(started).toMatchObject({ server, context: 'localhost', loginUrl: expect.stringContaining('/device?') })
    expect('userCode' in started).toBe(false)
    expect(await answerOf('towline_auth_poll', { id: started['id'] })).toMatchObject({ status: 'pending' })
    const waiting = mcp.call('towline_auth_poll', { id: started['id'], wait: true })
    await decide(ada, await enterCode(ada, loginUrl))
    expect((await waiting).answer).toMatchObject({ authenticated: true, context: 'localhost', project: 'dev' })
    expect(await answerOf('towline_auth_poll', { id: started['id'] })).toMatchObject({ authenticated: true })
    expect(await answerOf('towline_runtime_status')).toMatchObject({ ready: true, project: 'dev' })
    expect(mcp.notes.some(({ method }) => method === 'notifications/progress')).toBe(true)
  })

  it('chooses no project of two, and uses the one that is named', async () => {
    verifies('mcp.prepare', 'mcp.inventory')
    expect(await answerOf('towline_project_create', { name: 'Second' })).toMatchObject({ action: 'created' })
    forgetProject(home)
    const undecided = await answerOf('towline_runtime_prepare')
    expect(undecided).toMatchObject({
      ready: false,
      needsProject: true,
      projects: [{ endpoint: 'dev' }, { name: 'Second' }],
    })
    expect(await refusalOf('towline_tunnel_list')).toMatchObject({
      ...{ code: 'PROJECT_NEEDED', suggestedNextTool: 'towline_runtime_prepare' },
    })
    expect(await answerOf('towline_runtime_prepare', { project: 'dev', setDefault: true })).toMatchObject({
      ...{ ready: true, changed: true, project: { endpoint: 'dev' } },
    })
    const second = (undecided['projects'] as Json[])[1]?.['endpoint']
    const args = { project: second, confirmEndpoint: second }
    expect(await answerOf('towline_project_delete', args)).toMatchObject({ deleted: true })
  })

  it('tells what there is', async () => {
    verifies('mcp.inventory')
    expect(await answerOf('towline_workspace_list')).toMatchObject({ total: 1 })
    expect(await answerOf('towline_project_list')).toMatchObject({ total: 1, projects: [{ endpoint: 'dev' }] })
    expect(await answerOf('towline_project_plan_get')).toMatchObject({ project: { endpoint: 'dev' } })
    expect(await answerOf('towline_project_usage')).toMatchObject({ per: 'day' })
    expect(await answerOf('towline_events_list')).toMatchObject({ events: expect.any(Array) })
    expect(await answerOf('towline_client_list')).toMatchObject({ clients: expect.any(Array) })
    expect(await answerOf('towline_tunnel_list')).toMatchObject({ tunnels: [{ name: 'lab' }] })
    expect(await answerOf('towline_webtty_list')).toMatchObject({ machines: [{ url, files: 'read-write' }] })
  })

  it('runs, reads, writes to, signals and lists commands', async () => {
    verifies('mcp.webtty')
    const { isError, answer } = await mcp.call('towline_webtty_exec', { url, shell: 'echo hi; exit 3' })
    expect({ isError, answer }).toMatchObject({
      isError: true,
      answer: { state: 'exited', exitCode: 3, stdout: 'hi\n' },
    })
    const { processId, state } = await exec({ argv: ['cat'], stdinOpen: true, background: true })
    expect(state).toBe('running')
    await answerOf('towline_webtty_exec_write', { url, processId, stdin: 'over two calls\n' })
    const read = await eventually('the output', async () => {
      const part = await answerOf('towline_webtty_exec_read', { url, processId, waitMs: 5_000 })
      return (part['stdout'] as Json)['text'] === '' ? undefined : part
    })
    expect(read).toMatchObject({ state: 'running', stdout: { text: 'over two calls\n', nextOffset: 15 } })
    await answerOf('towline_webtty_exec_signal', { url, processId, signal: 'KILL' })
    const ended = await eventually('its end', async () => {
      const part = await answerOf('towline_webtty_exec_read', { url, processId, stdoutAfter: 15, waitMs: 5_000 })
      return part['state'] === 'running' ? undefined : part
    })
    expect(ended).toMatchObject({ signal: 'SIGKILL', more: false })
    const { processes } = (await answerOf('towline_webtty_exec_list', { url })) as { processes: Json[] }
    expect(processes.find((one) => one['processId'] === processId)).toMatchObject({
      label: expect.stringMatching(/source=mcp,towline.agent\/name=test-agent,towline.agent\/thread=thread-7/),
    })
  })

  it('ends a command whose call is cancelled', async () => {
    verifies('mcp.webtty')
    const call = mcp.begin('towline_webtty_exec', {
      url,
      argv: ['sleep', '999'],
      yieldMs: 60_000,
      purpose: 'cancelled',
    })
    call.answer.catch(() => undefined)
    const found = async (): Promise<Json | undefined> => {
      const { processes } = (await answerOf('towline_webtty_exec_list', { url })) as { processes: Json[] }
      return processes.find(({ label }) => String(label).endsWith('purpose=cancelled'))
    }
    await eventually('the command', found)
    call.cancel()
    await eventually('its end', async () => ((await found())?.['state'] === 'killed' ? true : undefined))
  })

  it('works with files by all verbs', async () => {
    verifies('mcp.webtty')
    const local = join(home.folder.path, '..', `towline-local-${process.pid}`)
    mkdirSync(local)
    try {
      writeFileSync(join(local, 'up.bin'), Buffer.alloc(300_000, 'x'))
      await fs('mkdir', { path: '/a/b', parents: true })
      const { etag } = await fs('write', { path: '/a/b/c.txt', content: 'one' })
      expect(await fs('read', { path: '/a/b/c.txt' })).toMatchObject({ content: 'one', etag, more: false })
      expect(
        await refusalOf('towline_webtty_fs_write', { url, path: '/a/b/c.txt', content: 'x', ifMatch: '"stale"' }),
      ).toMatchObject({
        code: 'FILE_CHANGED',
      })
      await fs('move', { from: '/a/b/c.txt', to: '/a/d.txt' })
      expect(await fs('stat', { path: '/a/d.txt' })).toMatchObject({ size: 3 })
      await fs('upload', { path: '/a/up.bin', localPath: join(local, 'up.bin') })
      await fs('download', { path: '/a/up.bin', localPath: join(local, 'down.bin') })
      expect(readFileSync(join(local, 'down.bin')).length).toBe(300_000)
      const { entries } = (await fs('list', { path: '/a' })) as { entries: Json[] }
      expect(entries.map(({ path }) => path)).toEqual(['/a/b', '/a/d.txt', '/a/up.bin'])
      await fs('delete', { path: '/a', recursive: true })
    } finally {
      await import('node:fs/promises').then(({ rm }) => rm(local, { recursive: true, force: true }))
    }
  })

  it('hands a token over by reference, and shows no secret to the model', async () => {
    verifies('mcp.token', 'guard.secrets')
    const minted = await answerOf('towline_token_create', { use: 'runtime' })
    const { reference } = minted
    const answer = await exec({
      ...{ shell: 'test -n "$TOKEN" && echo "$TOKEN $KEY"; printf %s "$KEY" > key' },
      ...{ env: { TOKEN: reference, KEY: 'secret://env/DEPLOY_KEY' }, cwd: root },
    })
    expect(answer).toMatchObject({ exitCode: 0, stdout: '*** ***\n' })
    expect(readFileSync(join(root, 'key'), 'utf8')).toBe(CANARY)
    const heard = mcp.program.stdout() + mcp.program.stderr()
    expect([heard.includes(CANARY), /tow_[A-Za-z0-9]{8}/.test(heard)]).toEqual([false, false])
  })

  it('tells who calls too much to come back, and stays as it is', async () => {
    verifies('mcp.webtty')
    const rss = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${mcp.pid}/status`, 'utf8'))?.[1])
    const flood = (count: number) =>
      Promise.all(Array.from({ length: count }, () => mcp.call('towline_webtty_exec', { url, argv: ['true'] })))
    const codesOf = (all: Awaited<ReturnType<typeof flood>>): Json => {
      const codes: Record<string, number> = {}
      for (const { isError, answer } of all) {
        const code = isError ? String((answer['error'] as Json)['code']) : String(answer['exitCode'])
        codes[code] = (codes[code] ?? 0) + 1
      }
      return codes
    }
    const together = LIMITS.mcpCalls + LIMITS.mcpWaitingCalls
    expect(codesOf(await flood(together))).toEqual({ 0: together })
    const codes = codesOf(await flood(1_000))
    expect(Object.keys(codes).sort()).toEqual(['0', 'AGENT_BUSY'])
    expect(codes['0']).toBeGreaterThanOrEqual(together)
    const before = rss()
    for (let round = 0; round < 15; round++) await flood(together)
    expect((rss() - before) / 1024).toBeLessThan(48)
    expect(await exec({ argv: ['echo', 'still here'] })).toMatchObject({ stdout: 'still here\n' })
  })

  it('has fewer tools in a smaller profile, and refuses the others', async () => {
    const small = await startMcp(home, ['--profile', 'read-only'])
    const { tools } = (await small.request('tools/list')) as { tools: { name: string; annotations: Json }[] }
    expect(tools.every(({ annotations }) => annotations['readOnlyHint'] === true)).toBe(true)
    expect(tools.map(({ name }) => name)).toContain('towline_webtty_fs_read')
    await expect(small.request('tools/call', { name: 'towline_webtty_exec', arguments: { url } })).rejects.toThrow(
      /-32602/,
    )
  })
})
