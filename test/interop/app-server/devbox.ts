/** Owns a machine whose agent, stock Codex or our own, is served behind our edge, with a model that says what a test has it say. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openAgentHome } from '../mcp/agent-home.ts'
import { type Asked, type Call, openResponsesModel } from '../mcp/responses-model.ts'
import { withCodex } from '../mcp-local/codex.ts'
import { launch, type Running, succeed } from '../processes.ts'
import { type Towline, towline } from '../towline.ts'

/** A token of the project, and its end. */
export interface Guest {
  readonly token: string
  revoke(): Promise<void>
}

export interface Devbox {
  readonly name: string
  readonly running: Running
  /** The folder that the agent works in. */
  readonly project: string
  /** As `towline token create` mints it for this name. */
  guest(...words: readonly string[]): Promise<Guest>
  close(): Promise<void>
}

interface Opening {
  readonly agent: keyof typeof AGENTS
  readonly next: (asked: Asked) => Promise<readonly Call[]>
  readonly words?: readonly string[]
}

/** Words that say which app-server is served. Our own goes on in the home of a Codex. */
const AGENTS = {
  stock: () => ['--upstream', 'codex'],
  own: (codexHome: string) => ['--home', codexHome],
} as const

/** `next` is the model. */
export const openDevbox = async (
  server: Towline,
  name: string,
  { agent, next, words = [] }: Opening,
): Promise<Devbox> => {
  const model = await openResponsesModel(next)
  const far = openAgentHome()
  writeFileSync(join(far.path, '.codex', 'config.toml'), model.settings)
  const project = join(far.path, 'project')
  mkdirSync(project)
  const served = [...AGENTS[agent](join(far.path, '.codex')), '-w', project]
  const argv = towline('app-server', '--tunnel', name, ...served, '-o', 'json', ...words)
  const clean = Object.entries({ ...withCodex(far), ...server.env }).map(([key, value]) => `${key}=${value}`)
  const running = launch(['env', '-i', ...clean, ...argv])
  const close = async (): Promise<void> => {
    await running.stop()
    await model.close()
    far.remove()
  }
  try {
    await running.said(/"status":"online"/)
  } catch (error) {
    await close()
    throw error
  }
  return { name, running, project, close, guest: (...more) => mint(server, name, more) }
}

const mint = async ({ env }: Towline, name: string, more: readonly string[]): Promise<Guest> => {
  const boundary = JSON.stringify({ tunnels: { connect: { name } } })
  const words = ['--permission', 'tunnels.connect', '--resources', boundary, '--ttl', '15m', '-o', 'json', ...more]
  const made = JSON.parse(await succeed(towline('token', 'create', ...words), { env })) as {
    token: string
    credentialId: string
  }
  return {
    token: made.token,
    revoke: async () => void (await succeed(towline('token', 'revoke', made.credentialId), { env })),
  }
}
