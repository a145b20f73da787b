/** Owns the work of `towline mcp serve`. */
import { offerOf, serveOverStdio } from '@towline/mcp'
import { LIMITS } from '@towline/protocol'
import type { Io } from '../io.ts'
import { VERSION } from '../version.ts'

export interface McpServeOptions {
  readonly profile: string
}

/** Ends when the client closes its side, or a signal comes. What only calls need is loaded by the first of them. */
export const run = async (io: Io, { profile }: McpServeOptions): Promise<void> => {
  const offer = await offerOf(profile)
  const { stdin, stdout, signal } = io
  let opening: ReturnType<typeof openDeps> | undefined
  const opened = (): ReturnType<typeof openDeps> => (opening ??= openDeps(io))
  const host = { version: VERSION, limits: LIMITS, deps: async () => (await opened()).deps }
  try {
    await serveOverStdio({ host, offer, stdin, stdout, signal })
  } finally {
    await (await opening)?.close()
  }
}

const openDeps = async (io: Io) => {
  const { closeMcpDeps, mcpDeps } = await import('./mcp-deps.ts')
  const deps = mcpDeps(io)
  return { deps, close: () => closeMcpDeps(deps) }
}
