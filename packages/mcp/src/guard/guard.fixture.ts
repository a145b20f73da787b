/** Owns a guarded MCP server in memory, with real clients of both eras, and people who answer as a test says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, InMemoryTransport } from '@modelcontextprotocol/client'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { silentLog } from '@towline/base'
import {
  createMachinePool,
  type KnownTarget,
  openPolicy,
  RemoteMcpPool,
  type Risk,
  type ServerQuestion,
} from '@towline/operations'
import { type AgentCall, AppError, LIMITS, type Limits } from '@towline/protocol'
import { z } from 'zod'
import type { McpDeps } from '../deps.ts'
import { offerTools } from '../offer/offer.ts'
import { createServerFactory } from '../server/build-server.ts'
import { hostOf } from '../server/host.ts'
import { defineTool, type Tool } from '../tool.ts'
import type { ApprovalDesk } from './approval-desk.ts'
import { createLogins } from '../tools/runtime/logins.ts'
import { openGuard } from './open-guard.ts'
import { createSecrets, type Secrets } from './secrets.ts'

const MODERN = '2026-07-28'
export type Era = 'legacy' | 'modern'

/** What a person, or a client in their place, answers; a function is asked each time. */
export type Person = (params: Readonly<Record<string, unknown>>) => unknown

export interface FakeDesk extends ApprovalDesk {
  readonly asked: ServerQuestion[]
  /** Why nobody can be asked. */
  broken: AppError | undefined
  decide(id: string, status: 'approved' | 'refused'): void
}

/** As a supervisor or a server keeps them. */
const fakeDesk = (prefix: 'apl' | 'apr'): FakeDesk => {
  const all = new Map<string, { question: ServerQuestion; status: string }>()
  const waiting = (id: string) => ({
    id,
    expiresAt: 1_000,
    ...(prefix === 'apr' && { approveUrl: `https://towline.example/approve/${id}` }),
  })
  const desk: FakeDesk = {
    asked: [],
    broken: undefined,
    ask: async (question) => {
      if (desk.broken) throw desk.broken
      const same = [...all].find(([, one]) => one.question.fingerprint === question.fingerprint)
      if (same) return waiting(same[0])
      const id = `${prefix}_${all.size}`
      desk.asked.push(question)
      all.set(id, { question, status: 'waiting' })
      return waiting(id)
    },
    use: async (id, fingerprint) => {
      const found = all.get(id)
      if (found?.question.fingerprint !== fingerprint) throw new AppError('APPROVAL_INVALID')
      if (found.status === 'refused') throw new AppError('APPROVAL_REFUSED')
      if (found.status === 'waiting') return waiting(id)
      all.delete(id)
      return 'used'
    },
    decide: (id, status) => void (all.get(id)!.status = status),
  }
  return desk
}

export interface FixtureOptions {
  readonly policy?: unknown
  readonly limits?: Partial<Limits>
  /** Whether there is a server with a page. */
  readonly login?: boolean
  readonly look?: (name: string) => Promise<KnownTarget | undefined>
}

export interface Guarded {
  readonly home: string
  readonly secrets: Secrets
  /** Arguments of each run of a tool. */
  readonly ran: Readonly<Record<string, unknown>>[]
  readonly journal: { readonly begun: string[]; readonly ended: AgentCall[]; broken: Error | undefined }
  readonly page: FakeDesk
  readonly terminal: FakeDesk
  /** Milliseconds. */
  now: number
  /** What a yes is bound to beside the arguments. */
  bound: string
  connect(era: Era, options?: ClientSays): Promise<Connected>
  close(): Promise<void>
}

export interface ClientSays {
  readonly capabilities?: object
  readonly person?: Person
  readonly name?: string
  readonly thread?: string
}

export interface Connected {
  /** What the person was shown. */
  readonly shown: Readonly<Record<string, unknown>>[]
  readonly client: Client
  call(tool: string, args?: object): Promise<Told>
}

interface Problem {
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>
}

/** The structured content, or the error's code. */
export interface Told {
  readonly code?: string
  readonly answer: Readonly<Record<string, unknown>> & { readonly approvalId?: string; readonly error?: Problem }
}

const toolOf = (
  name: `towline_${string}`,
  risk: Risk,
  { ran, bound }: { readonly ran: object[]; readonly bound: () => string },
): Tool =>
  defineTool({
    name,
    description: `A tool of risk ${risk}.`,
    input: z.strictObject({
      target: z.string().optional(),
      argv: z.array(z.string()).optional(),
      path: z.string().optional(),
      content: z.string().optional(),
    }),
    output: z.strictObject({ done: z.literal(true), said: z.string().optional() }),
    hints: { title: `Do ${risk}` },
    risk: () => ({ risk, bind: bound(), because: `it is ${risk}` }),
    profile: 'read-only',
    target: ({ target }) => (target === undefined ? undefined : { name: target }),
    texts: ['content'],
    run: async (args) => {
      ran.push({ tool: name, ...args })
      if (args.argv?.[0] === 'fail') throw new AppError('AGENT_BUSY', { running: 1, waiting: 1 })
      const { argv: [verb] = [], content: text = '' } = args
      if (verb === 'refuse') throw new AppError('REQUEST_INVALID', { problem: text })
      return { done: true as const, ...(verb === 'say' && { said: text }) }
    },
  })

const RISKS: readonly Risk[] = [
  'read',
  'own',
  'expose',
  'sensitive',
  'execute',
  'write',
  'delete',
  'credential',
  'remote',
]

export const openGuarded = (options: FixtureOptions = {}): Guarded => {
  const home = mkdtempSync(join(tmpdir(), 'towline-guard-'))
  const file = join(home, 'policy.json')
  if (options.policy !== undefined) writeFileSync(file, JSON.stringify(options.policy), { mode: 0o600 })
  const limits = { ...LIMITS, ...options.limits }
  const ran: Readonly<Record<string, unknown>>[] = []
  const journal: Guarded['journal'] = { begun: [], ended: [], broken: undefined }
  const [page, terminal] = [fakeDesk('apr'), fakeDesk('apl')]
  const open: { close(): Promise<void> }[] = []
  const record = async (work: () => void): Promise<void> => {
    if (journal.broken) throw journal.broken
    work()
  }
  const env = {
    TOWLINE_HOME: home,
    ...(options.login !== false && { TOWLINE_URL: 'http://localhost:1', TOWLINE_TOKEN: 'x' }),
  }
  const secrets = createSecrets({ env, home })
  const guarded: Guarded = {
    ...{ home, secrets, ran, journal, page, terminal, now: 1_000_000, bound: 'first' },
    connect: (era, says = {}) => connect(era, says),
    close: async () => {
      for (const one of open.toReversed()) await one.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
  const guard = openGuard({
    policy: openPolicy(file),
    desks: { page: () => page, terminal },
    journal: {
      begin: (call) => record(() => journal.begun.push(`${call.tool} ${call.decision} ${call.decidedBy}`)),
      end: (call) => record(() => journal.ended.push(call)),
      close: async () => {},
    },
    limits,
    clock: () => guarded.now,
    ...(options.look && { look: (_, name) => options.look!(name) }),
  })
  const deps: McpDeps = {
    ...{ env, cwd: home, secrets, logins: createLogins() },
    ...{ agent: 'towline/test', version: '0.0.0', program: [], log: silentLog(), limits, guard },
    ...{ machines: createMachinePool(LIMITS), remotes: new RemoteMcpPool() },
  }
  const factory = createServerFactory(
    hostOf(deps),
    offerTools(RISKS.map((risk) => toolOf(`towline_${risk}`, risk, { ran, bound: () => guarded.bound }))),
  )
  const connect = async (
    era: Era,
    { capabilities = {}, person, name = 'judge', thread }: ClientSays,
  ): Promise<Connected> => {
    const [ours, theirs] = InMemoryTransport.createLinkedPair()
    open.push(serveStdio(factory, { transport: ours }))
    const shown: Readonly<Record<string, unknown>>[] = []
    const client = new Client(
      { name, version: '1' },
      { capabilities, versionNegotiation: { mode: era === 'modern' ? { pin: MODERN } : 'legacy' } },
    )
    if (person)
      client.setRequestHandler('elicitation/create', async ({ params }) => {
        shown.push(params as Readonly<Record<string, unknown>>)
        return (await person(params as Readonly<Record<string, unknown>>)) as never
      })
    await client.connect(theirs)
    open.push(client)
    const meta = thread === undefined ? {} : { _meta: { thread_id: thread } }
    return {
      ...{ shown, client },
      call: async (tool, args = {}) => toldOf(await client.callTool({ name: tool, arguments: { ...args }, ...meta })),
    }
  }
  return guarded
}

const toldOf = ({ isError, content, structuredContent }: Awaited<ReturnType<Client['callTool']>>): Told => {
  if (!isError) return { answer: structuredContent as Told['answer'] }
  const [{ text }] = content as unknown as readonly [{ readonly text: string }]
  const answer = text.startsWith('{') ? JSON.parse(text) : { text }
  return { code: answer.error?.code, answer }
}

export const FORM = { elicitation: { form: {} } }
export const BOTH = { elicitation: { form: {}, url: {} } }
export const YES: Person = () => ({ action: 'accept', content: { confirm: true } })
export const NO: Person = () => ({ action: 'decline' })
