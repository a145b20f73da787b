/** Owns an item as Codex reads it in a rollout of its paginated history mode. */
import { pathToFileURL } from 'node:url'
import { type CommandAction, type ThreadItem, wordsOfLine } from '@towline/protocol'
import type { Json } from './json.ts'
import { changeLine, durationLine } from './legacy-events.ts'

interface Of {
  readonly thread_id: string
  readonly turn_id: string
  readonly completed_at_ms: number
}

/** The payload of `item_completed`. */
export const stockItemLine = (of: Of, item: ThreadItem): Json => ({
  ...{ type: 'item_completed', ...of, started_at_ms: item.startedAtMs ?? of.completed_at_ms },
  item: { ...fields(item), type: `${item.type.charAt(0).toUpperCase()}${item.type.slice(1)}`, id: item.id },
})

/** Sorts that are not known are written as they are. */
const fields = (item: ThreadItem): Json => {
  switch (item.type) {
    case 'userMessage':
      return { content: item.content, ...(item.clientId !== null && { client_id: item.clientId }) }
    case 'agentMessage':
      return { content: [{ type: 'Text', text: item.text }], phase: item.phase }
    case 'reasoning':
      return { summary_text: item.summary, raw_content: item.content }
    case 'commandExecution':
      return {
        ...{
          process_id: item.processId,
          command: wordsOfLine(item.command) ?? [item.command],
          cwd: pathToFileURL(item.cwd).href,
        },
        ...{ parsed_cmd: item.commandActions.map(actionLine), source: snake(item.source), status: snake(item.status) },
        ...{
          aggregated_output: item.aggregatedOutput,
          exit_code: item.exitCode,
          duration: durationLine(item.durationMs),
        },
      }
    case 'fileChange':
      return {
        changes: Object.fromEntries(item.changes.map((change) => [change.path, changeLine(change)])),
        ...{ status: snake(item.status), stdout: '', stderr: '' },
      }
    case 'mcpToolCall':
      return {
        ...{ server: item.server, tool: item.tool, arguments: item.arguments, status: snake(item.status) },
        ...{ result: item.result, error: item.error, duration: durationLine(item.durationMs) },
      }
    default:
      return item as unknown as Json
  }
}

const snake = (word: string): string => word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const actionLine = (action: CommandAction): Json => {
  const { type, command: cmd, ...rest } = action
  return { ...rest, cmd, type: snake(type) }
}
