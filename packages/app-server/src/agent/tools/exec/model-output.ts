/** Owns what the model is told of a command: how it stands and how its output begins and ends. */
import { LIMITS } from '@towline/protocol'
import { BYTES_PER_TOKEN } from '../../model/token-usage.ts'

export interface CommandReport {
  readonly output: string
  readonly wallMs: number
  /** Undefined while it runs on. */
  readonly exitCode: number | undefined
  readonly sessionId: number | undefined
  readonly maxTokens: number | undefined
  readonly chunkId: string
}

/** In the words of stock Codex, which models are used to. */
export const reportText = ({ output, wallMs, exitCode, sessionId, maxTokens, chunkId }: CommandReport): string => {
  const tokens = Math.ceil(output.length / BYTES_PER_TOKEN)
  const most = Math.min(maxTokens ?? LIMITS.agentOutputTokens, LIMITS.agentOutputTokens)
  return [
    `Chunk ID: ${chunkId}`,
    `Wall time: ${(wallMs / 1000).toFixed(4)} seconds`,
    ...(exitCode === undefined ? [] : [`Process exited with code ${exitCode}`]),
    ...(sessionId === undefined ? [] : [`Process running with session ID ${sessionId}`]),
    `Original token count: ${tokens}`,
    'Output:',
    truncated(output, most),
  ].join('\n')
}

/** Its first and last halves, with a line that says what is missing. */
export const truncated = (text: string, tokens: number): string => {
  const most = Math.max(0, tokens) * BYTES_PER_TOKEN
  if (text.length <= most) return text
  const half = Math.floor(most / 2)
  const left = Math.ceil((text.length - 2 * half) / BYTES_PER_TOKEN)
  const lines = text.split('\n').length
  return `Total output lines: ${lines}\n\n${text.slice(0, half)}…${left} tokens truncated…${half > 0 ? text.slice(-half) : ''}`
}
