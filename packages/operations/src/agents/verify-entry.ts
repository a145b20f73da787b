/** Owns proving a registered command: started as an agent starts it, it says its tools and answers one. */
import type { Stream } from 'node:stream'
import { AppError, LIMITS, printable } from '@towline/protocol'
import type { Env } from '../context/home.ts'
import { orAbort } from '../or-abort.ts'
import { scrubbedEnv } from './agent-env.ts'
import type { Entry } from './entry.ts'

/** What came. */
export interface Verified {
  /** How many tools the server offers. */
  readonly tools: number
  /** Whether a server, login and project are there, as towline_runtime_status tells. */
  readonly ready: boolean
  /** What is missing, or that nothing is. */
  readonly guidance: string
}

export interface VerifyRequest {
  readonly env: Env
  readonly signal: AbortSignal
}

/** Rejects with AGENT_START_FAILED, and with the signal's reason. */
export const verifyEntry = async (entry: Entry, { env, signal }: VerifyRequest): Promise<Verified> => {
  const [{ Client }, { StdioClientTransport }] = await Promise.all([
    import('@modelcontextprotocol/client'),
    import('@modelcontextprotocol/client/stdio'),
  ])
  const transport = new StdioClientTransport({
    command: entry.command,
    args: [...entry.args],
    // The transport adds its own choice of variables; all of them are among these.
    env: { ...scrubbedEnv(env), ...entry.env },
    stderr: 'pipe',
  })
  const said = tailOf(transport.stderr)
  const client = new Client({ name: 'towline-setup', version: '1' })
  const within = AbortSignal.any([signal, AbortSignal.timeout(LIMITS.agentVerifyMs)])
  const options = { signal: within, timeout: LIMITS.agentVerifyMs }
  try {
    // A program that says nothing would be waited for however long.
    await orAbort(client.connect(transport, options), within)
    const { tools } = await client.listTools({}, options)
    const { structuredContent } = await client.callTool({ name: STATUS, arguments: {} }, options)
    return { tools: tools.length, ...statusIn(structuredContent) }
  } catch (error) {
    signal.throwIfAborted()
    const problem = (said() || (error instanceof Error ? error.message : String(error))).slice(0, 400)
    throw new AppError('AGENT_START_FAILED', {
      command: [entry.command, ...entry.args].join(' '),
      problem: printable(problem),
    })
  } finally {
    await client.close().catch(() => undefined)
  }
}

const STATUS = 'towline_runtime_status'

const statusIn = (content: unknown): Omit<Verified, 'tools'> => {
  const { ready, guidance } = (content ?? {}) as Readonly<Record<string, unknown>>
  if (typeof ready !== 'boolean') throw new Error(`${STATUS} answered something else`)
  return { ready, guidance: typeof guidance === 'string' ? printable(guidance) : '' }
}

/** The last of what it said beside the protocol. */
const tailOf = (stream: Stream | null): (() => string) => {
  let tail = ''
  stream?.on('data', (part: Buffer) => {
    tail = (tail + part.toString()).slice(-400)
  })
  return () => tail.trim().split('\n').at(-1) ?? ''
}
