/** Owns the work of `towline mcp tools`. */
import { listRemoteTools, needsApproval, type RemoteTool, toolDigest } from '@towline/operations'
import { type Io, line, note } from '../io.ts'
import type { McpOptions } from '../mcp-options.ts'
import { type Column, type Format, printList } from '../output/printers.ts'
import { safeJson } from '../output/safe-json.ts'
import { withRemoteMcp } from './with-remote-mcp.ts'

export interface McpToolsOptions extends McpOptions {
  readonly output: Format
}

const COLUMNS: readonly Column<RemoteTool>[] = [
  { title: 'TOOL', of: ({ name }) => name },
  { title: 'CHANGES', of: (tool) => (needsApproval(tool) ? 'maybe' : 'nothing') },
  { title: 'TITLE', of: ({ title, annotations }) => title ?? text(annotations?.['title']) },
  { title: 'DESCRIPTION', of: ({ description }) => (description === undefined ? '' : firstLine(description)) },
]

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const LINE_CHARS = 100

const firstLine = (description: string): string => {
  const [first = ''] = description.trim().split('\n')
  return first.length > LINE_CHARS ? `${first.slice(0, LINE_CHARS)}…` : first
}

export const run = async (io: Io, url: string, options: McpToolsOptions): Promise<void> => {
  const { signal } = io
  const [{ tools, leftOut }, server, at] = await withRemoteMcp(io, { url, ...options }, async (remote) => [
    await listRemoteTools(remote, { signal }),
    remote.server,
    remote.url,
  ])
  if (options.output === 'json') {
    const told = tools.map((tool) => ({
      digest: toolDigest(tool),
      needsApproval: needsApproval(tool),
      definition: tool,
    }))
    return line(io, safeJson({ url: at, server, tools: told, leftOut }, 2))
  }
  printList({ io, format: options.output, columns: COLUMNS }, tools)
  for (const sentence of leftOut) note(io, sentence)
}
