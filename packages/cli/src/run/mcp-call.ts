/** Owns the work of `towline mcp call`. */
import { callRemoteTool, type RemoteToolResult } from '@towline/operations'
import { AppError, printable } from '@towline/protocol'
import { type Io, line, note } from '../io.ts'
import type { McpOptions } from '../mcp-options.ts'
import { safeJson } from '../output/safe-json.ts'
import { ExitStatus } from '../report.ts'
import { parseMillis } from './duration.ts'
import { byteCount } from './webtty-request.ts'
import { withRemoteMcp } from './with-remote-mcp.ts'

export interface McpCallOptions extends McpOptions {
  readonly args: string
  readonly digest?: string
  readonly timeout?: string
  readonly maxOutput?: string
  readonly output: 'text' | 'json'
}

/** Of a tool that was called and tells of a failure itself. */
const TOOL_FAILED = 8

/** Ends with 8 when the tool tells of a failure. */
export const run = async (
  io: Io,
  { url, tool }: { readonly url: string; readonly tool: string },
  options: McpCallOptions,
): Promise<void> => {
  const { digest, timeout, maxOutput, output } = options
  const asked = {
    ...{ tool, arguments: argumentsOf(options.args), signal: io.signal },
    digests: digest === undefined ? [] : [digest],
    timeoutMs: timeout === undefined ? undefined : parseMillis(timeout, '--timeout'),
    maxBytes: maxOutput === undefined ? undefined : byteCount(maxOutput, '--max-output'),
  }
  const result = await withRemoteMcp(io, { url, ...options }, (remote) => callRemoteTool({ remote, ...asked }))
  if (output === 'json') line(io, safeJson(result))
  else tell(io, result)
  if (result.isError) throw new ExitStatus(TOOL_FAILED)
}

const argumentsOf = (text: string): Readonly<Record<string, unknown>> => {
  const fail = (): AppError =>
    new AppError('OPTION_INVALID', { option: '--args', value: text.slice(0, 64), problem: 'it is not a JSON object' })
  try {
    const read: unknown = JSON.parse(text)
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return { ...read }
  } catch {
    throw fail()
  }
  throw fail()
}

/** Text as it is, but for what could move a cursor; all else as JSON. */
const tell = (io: Io, { content, structuredContent, sessionRestarted }: RemoteToolResult): void => {
  if (sessionRestarted) note(io, 'The server had lost its session; what it kept there is gone.')
  for (const block of content) {
    const { type, text } = block
    line(io, type === 'text' && typeof text === 'string' ? lines(text) : safeJson(block))
  }
  if (content.length === 0 && structuredContent !== undefined) line(io, safeJson(structuredContent))
}

const lines = (text: string): string =>
  text
    .split('\n')
    .map((each) => each.split('\t').map(printable).join('\t'))
    .join('\n')
