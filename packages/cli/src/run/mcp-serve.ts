/** Owns the work of `towline mcp serve`. */
import { serveOverStdio, toolsOf } from '@towline/mcp'
import type { Io } from '../io.ts'
import { closeMcpDeps, mcpDeps } from './mcp-deps.ts'

export interface McpServeOptions {
  readonly profile: string
}

/** Ends when the client closes its side, or a signal comes. */
export const run = async (io: Io, { profile }: McpServeOptions): Promise<void> => {
  const offer = { tools: toolsOf(profile) }
  const { stdin, stdout, signal } = io
  const deps = mcpDeps(io)
  try {
    await serveOverStdio({ deps, offer, stdin, stdout, signal })
  } finally {
    await closeMcpDeps(deps)
  }
}
