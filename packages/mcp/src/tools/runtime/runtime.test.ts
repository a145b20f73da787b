/** Proves the tools that establish context: they list and ask, never guess, and change only what they are told to. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readContexts, saveContext } from '@towline/operations'
import { parseBoundary } from '@towline/protocol'
import { openHttpService, type Service, type TempFolder, tempFolder, verifies } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { McpDeps } from '../../deps.ts'
import type { ToolCall } from '../../tool.ts'
import { type Answer, depsFor, useTool } from '../tools.fixture.ts'
import { authStart } from './auth-start.ts'
import { tokenCreate } from './token-create.ts'

const CANARY = 'tow_canary_canary_canary'
const project = (id: string, endpoint: string, name: string) => ({
  ...{ id, endpoint, name, workspaceId: 'wsp_1', host: `${endpoint}.test`, plan: 'free', region: 'here', createdAt: 1 },
})
const DEV = project('prj_1', 'dev', 'Shared name')
const PROD = project('prj_2', 'prod', 'Shared name')

let folder: TempFolder
let service: Service
let deps: McpDeps
let asked: { readonly method: string; readonly path: string; readonly body: string }[]
let answers: Record<string, unknown>

beforeEach(async () => {
  folder = tempFolder('runtime')
  mkdirSync(join(folder.path, 'home'))
  asked = []
  answers = {
    '/api/whoami': { kind: 'login', credentialId: 'crd_1', permissions: ['tunnels.list'], user: { email: 'ada@test' } },
    '/api/projects': { projects: [DEV, PROD] },
    '/api/projects/prj_2': PROD,
  }
  service = await openHttpService((request, response) => {
    let body = ''
    request.on('data', (part) => (body += String(part)))
    request.on('end', () => {
      const path = (request.url ?? '').split('?')[0] as string
      asked.push({ method: request.method ?? '', path, body })
      const answer = answers[path]
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer ?? { code: 'NOT_FOUND', details: { what: 'page', id: path } }))
    })
  })
  const env = { TOWLINE_HOME: join(folder.path, 'home') }
  await saveContext(env, { name: 'here', url: `http://127.0.0.1:${service.port}`, token: 'access-access' })
  deps = depsFor(env, folder.path)
})
afterEach(async () => {
  await service.close()
  folder.remove()
})

const use = (name: string, args: Answer = {}): Promise<Answer> => useTool(deps, name, args)
const storedProject = async (): Promise<string | undefined> => (await readContexts(deps.env)).contexts[0]?.project

const refusal = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  )

describe('mcp prepare', () => {
  it('lists several projects when none is named, and chooses none', async () => {
    verifies('mcp.prepare')
    const answer = await use('towline_runtime_prepare', { setDefault: true })
    expect(answer).toMatchObject({ ready: false, needsProject: true, changed: false, user: 'ada@test' })
    expect((answer['projects'] as Answer[]).map(({ endpoint }) => endpoint)).toEqual(['dev', 'prod'])
    expect(answer['guidance']).toMatch(/ask; do not choose/)
    expect(await storedProject()).toBeUndefined()
  })

  it('does not guess between two of the same name, nor for one that is not there', async () => {
    verifies('mcp.prepare')
    expect(await use('towline_runtime_prepare', { project: 'shared name' })).toMatchObject({ ready: false })
    expect(await use('towline_runtime_prepare', { project: 'de' })).toMatchObject({ ready: false, needsProject: true })
  })

  it.each(['prod', 'prj_2'])('uses the one that is named %s, and keeps it only when told to', async (named) => {
    verifies('mcp.prepare')
    const once = await use('towline_runtime_prepare', { project: named })
    expect(once).toMatchObject({ ready: true, changed: false, project: { endpoint: 'prod' } })
    expect([await storedProject(), once['guidance']]).toEqual([undefined, expect.stringContaining('"prod"')])
    const kept = await use('towline_runtime_prepare', { project: named, setDefault: true })
    expect(kept).toMatchObject({ ready: true, changed: true, context: { project: 'prod' } })
    expect(await storedProject()).toBe('prod')
    expect(await use('towline_runtime_prepare', { setDefault: true })).toMatchObject({ ready: true, changed: false })
  })

  it('says that there is no project, and makes none', async () => {
    answers['/api/projects'] = { projects: [] }
    expect(await use('towline_runtime_prepare')).toMatchObject({ ready: false, projects: [] })
    expect(asked.every(({ method }) => method === 'GET')).toBe(true)
  })
})

describe('mcp status', () => {
  it('says what is missing, and which tool comes next', async () => {
    verifies('mcp.status')
    expect(await use('towline_runtime_status')).toMatchObject({
      ...{ ready: false, needsLogin: false, needsProject: true, suggestedNextTool: 'towline_runtime_prepare' },
    })
    expect(await use('towline_runtime_status', { context: 'none' })).toMatchObject({
      ...{ ready: false, needsLogin: true, suggestedNextTool: 'towline_auth_start' },
    })
  })
})

describe('mcp contexts', () => {
  it('are told without their credentials', async () => {
    const answers = [await use('towline_context_list'), await use('towline_context_get', { name: 'here' })]
    expect(answers[0]).toMatchObject({ contexts: [{ name: 'here', current: true, kind: 'token' }] })
    expect(JSON.stringify(answers)).not.toContain('access-access')
    expect(await refusal(use('towline_context_get', { name: 'none' }))).toBe('CONTEXT_MISSING')
  })
})

describe('mcp auth', () => {
  it('refuses to poll a login that is unknown here', async () => {
    expect(await refusal(use('towline_auth_poll', { id: 'lgn_none' }))).toBe('LOGIN_UNKNOWN')
  })

  it('refuses permissions that there are not, before the server is asked', async () => {
    expect(await refusal(use('towline_auth_start', { permissions: ['root'] }))).toBe('OPTION_INVALID')
    expect(asked).toEqual([])
  })
})

describe('mcp auth at a server', () => {
  const riskOf = async (args: Answer): Promise<unknown> => {
    const { risk } = authStart
    const told = typeof risk === 'function' ? await risk(args, { deps } as ToolCall) : risk
    return typeof told === 'string' ? told : told.risk
  }
  const here = (): string => `http://127.0.0.1:${service.port}`

  it('that is known goes unasked: it is approved there', async () => {
    verifies('guard.approval')
    expect([await riskOf({}), await riskOf({ url: here() }), await riskOf({ context: 'here' })]).toEqual(
      Array(3).fill('own'),
    )
  })

  it.each([
    { url: 'https://evil.example' },
    { url: 'https://evil.example', context: 'here' },
    { url: 'https://evil.example', context: 'other' },
    { url: 'http://127.0.0.1:1', context: 'here' },
  ])('of %j needs a yes: it could approve itself, and all that is asked about on its pages', async (args) => {
    verifies('guard.approval')
    expect(await riskOf(args)).toBe('settings')
  })

  it('that is known needs a yes where it takes the name of another', async () => {
    verifies('guard.approval')
    await saveContext(deps.env, { name: 'there', url: 'https://there.example', token: 'access-there' })
    expect([await riskOf({ url: here(), context: 'there' }), await riskOf({ url: here() })]).toEqual([
      'settings',
      'own',
    ])
  })
})

describe('mcp token', () => {
  beforeEach(() => {
    answers['/api/engine/tokens'] = {
      ...{ token: CANARY, credentialId: 'crd_2', expiresAt: 1_900_000_000, permissions: ['tunnels.connect'] },
    }
  })

  it.each<readonly [string, Answer]>([
    ['more than a link needs', { use: 'url', permissions: ['tunnels.connect', 'tunnels.create'] }],
    ['more than a query token may hold', { use: 'query', permissions: ['tunnels.connect'] }],
    ['a query token that lives long', { use: 'query', ttlSeconds: 3_600 }],
    ['a use case that holds more', { use: 'browser', permissions: ['workstation'] }],
  ])('refuses %s, and mints nothing', async (_what, args) => {
    verifies('mcp.token')
    expect(await refusal(use('towline_token_create', args))).toBe('OPTION_INVALID')
    expect(asked).toEqual([])
  })

  it('mints the least that serves its use, and answers a reference', async () => {
    verifies('mcp.token', 'guard.secrets')
    const answer = await use('towline_token_create', { use: 'query' })
    expect(answer).toMatchObject({ reference: expect.stringMatching(/^secret:\/\/sec_/), use: 'query' })
    expect(JSON.stringify(answer)).not.toContain(CANARY)
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ permissions: ['tunnels.list'], ttlSeconds: 300 })
    expect((await deps.secrets.resolve(String(answer['reference']))).reveal()).toBe(CANARY)
    expect(deps.secrets.masked({ text: `it is ${CANARY}` })).toEqual({ text: 'it is ***' })
  })

  it('shows a boundary in its words that can be used', () => {
    const [, shown = ''] = /such as (\{.*\})\./.exec(tokenCreate.input.shape['resources']?.description ?? '') ?? []
    expect(parseBoundary(JSON.parse(shown))).toMatchObject({ tunnels: { connect: expect.anything() } })
  })

  it('answers the token itself only when told to', async () => {
    const answer = await use('towline_token_create', { use: 'runtime', reveal: true })
    expect(answer).toMatchObject({ token: CANARY })
    expect('reference' in answer).toBe(false)
  })
})
