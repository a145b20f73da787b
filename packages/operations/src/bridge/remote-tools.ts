/** Owns the tools of a remote MCP server as it tells them: unchanged, but no more of them than a reader can take. */
import { createHash } from 'node:crypto'
import { AppError, shown } from '@towline/protocol'
import { depthOf } from './depth.ts'
import type { RemoteMcp } from './remote-mcp.ts'

/** A tool's definition with all its fields as the server wrote them (MCP 2026-07-28, Tool). Text in it is the server's word. */
export interface RemoteTool {
  readonly name: string
  readonly title?: string | undefined
  readonly description?: string | undefined
  readonly inputSchema: Readonly<Record<string, unknown>>
  readonly outputSchema?: Readonly<Record<string, unknown>> | undefined
  readonly annotations?: Readonly<Record<string, unknown>> | undefined
}

export interface RemoteTools {
  readonly tools: readonly RemoteTool[]
  /** Sentences about what is missing; empty when nothing is. */
  readonly leftOut: readonly string[]
}

/** Hints are the server's own word: only a plain "it changes nothing" goes without a person's. */
export const needsApproval = ({ annotations }: RemoteTool): boolean => annotations?.['readOnlyHint'] !== true

/** Names a definition, so that a decision about it is not used for another: SHA-256 of its JSON, the first 16 bytes in hex. */
export const toolDigest = (tool: RemoteTool): string =>
  createHash('sha256').update(canonical(tool)).digest('hex').slice(0, 32)

/** All of them, in the server's order. Rejects as {@link RemoteMcp.ask}. */
export const listRemoteTools = async (
  remote: RemoteMcp,
  { signal }: { readonly signal: AbortSignal },
): Promise<RemoteTools> => {
  return await remote.ask(
    async (client, options) => {
      const list = new ToolList(remote)
      for await (const page of pagesOf(client, options, list)) if (!list.add(page)) break
      return { tools: list.tools, leftOut: list.leftOut }
    },
    { ms: remote.limits.bridgeListMs, signal },
  )
}

/** The one of that name, as the server defines it now. Rejects with REMOTE_TOOL_UNKNOWN. */
export const findRemoteTool = async (
  remote: RemoteMcp,
  name: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<RemoteTool> => {
  const tool = await remote.ask(
    async (client, options) => {
      const list = new ToolList(remote)
      for await (const page of pagesOf(client, options, list)) {
        const found = page.find((each) => each.name === name)
        if (found) return checked(found, remote)
      }
      return undefined
    },
    { ms: remote.limits.bridgeListMs, signal },
  )
  if (tool) return tool
  throw new AppError('REMOTE_TOOL_UNKNOWN', { tool: shown(name), url: remote.url })
}

type Asking = Parameters<Parameters<RemoteMcp['ask']>[0]>

/** One page after the other, as long as they lead on. */
async function* pagesOf(
  client: Asking[0],
  options: Asking[1],
  list: Pick<ToolList, 'leave' | 'limits'>,
): AsyncGenerator<readonly RemoteTool[]> {
  // Loaded when it is needed: most commands never ask.
  const { TOOL_PAGE } = await import('./tool-page.ts')
  const seen = new Set<string>()
  for (let cursor: string | undefined; ; ) {
    const params = cursor === undefined ? {} : { cursor }
    const page = await client.request({ method: 'tools/list', params }, TOOL_PAGE, options)
    yield page.tools
    cursor = page.nextCursor
    if (cursor === undefined) return
    if (seen.has(cursor)) return list.leave('Its pages lead in a circle; what follows was not asked for.')
    seen.add(cursor)
    if (seen.size >= list.limits.bridgePages)
      return list.leave(`It has more than ${seen.size} pages; no further ones were asked for.`)
  }
}

/** What of a server's tools is shown. */
class ToolList {
  readonly tools: RemoteTool[] = []
  readonly leftOut: string[] = []
  readonly #names = new Set<string>()
  readonly #remote: RemoteMcp
  #bytes = 0

  constructor(remote: RemoteMcp) {
    this.#remote = remote
  }

  get limits() {
    return this.#remote.limits
  }

  leave(sentence: string): void {
    if (this.leftOut.length < MOST_SENTENCES) this.leftOut.push(sentence)
  }

  /** Whether there is room for more. */
  add(page: readonly RemoteTool[]): boolean {
    return page.every((tool) => this.#addOne(tool))
  }

  #addOne(tool: RemoteTool): boolean {
    const { bridgeTools, bridgeToolBytes, bridgeListBytes } = this.limits
    if (this.tools.length >= bridgeTools) return this.#full(`Only the first ${bridgeTools} tools are told.`)
    const bytes = Buffer.byteLength(JSON.stringify(checked(tool, this.#remote)))
    const name = shown(tool.name)
    if (this.#names.has(tool.name)) this.leave(`A second tool named "${name}" is left out.`)
    else if (bytes > bridgeToolBytes) this.leave(`The tool "${name}" is left out: its definition has ${bytes} bytes.`)
    else if (this.#bytes + bytes > bridgeListBytes)
      return this.#full(
        `Only the first ${this.tools.length} tools are told: their definitions fill ${bridgeListBytes} bytes.`,
      )
    else {
      this.tools.push(tool)
      this.#bytes += bytes
    }
    this.#names.add(tool.name)
    return true
  }

  #full(sentence: string): false {
    this.leave(sentence)
    return false
  }
}

const MOST_SENTENCES = 20

/** What is nested without end would break whoever walks through it. */
const checked = (tool: RemoteTool, { limits, url }: RemoteMcp): RemoteTool => {
  if (depthOf(tool, limits.bridgeAnswerDepth) <= limits.bridgeAnswerDepth) return tool
  throw new AppError('REMOTE_MCP_BROKEN', { url, problem: `the tool "${shown(tool.name)}" has too many levels` })
}

/** The same for the same content, in whatever order keys come. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, held: unknown) =>
    typeof held === 'object' && held !== null && !Array.isArray(held)
      ? Object.fromEntries(Object.entries(held).sort(([a], [b]) => (a < b ? -1 : 1)))
      : held,
  )
