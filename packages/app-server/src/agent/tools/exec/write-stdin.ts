/** Owns the tool by which the model comes back to a command in the background: to write to it, or to hear how it goes. */
import { LIMITS } from '@towline/protocol'
import { z } from 'zod'
import type { ToolSpec } from '../../tool.ts'
import type { TurnScope } from '../../turn-scope.ts'
import { type OwnTool, ToolRefusal } from '../own-tool.ts'
import { parseInput } from '../parse-input.ts'
import { problemOf } from '../problem.ts'
import { report } from './exec-command.ts'
import type { Terminal } from './terminal.ts'

const INPUT = z.object({
  session_id: z.coerce.number().int(),
  chars: z.string().max(LIMITS.agentInputChars).optional(),
  yield_time_ms: z.number().int().nonnegative().optional(),
  max_output_tokens: z.number().int().positive().optional(),
})

const SPEC: ToolSpec = {
  ...{ type: 'function', name: 'write_stdin', strict: false },
  description:
    'Writes to a command in the background and answers what it said since. Without chars it only waits for output.',
  parameters: {
    ...{ type: 'object', required: ['session_id'], additionalProperties: false },
    properties: {
      session_id: { type: 'number', description: 'As exec_command answered it.' },
      chars: { type: 'string', description: 'Text to write. "\\u0003" interrupts the command, as Ctrl-C does.' },
      yield_time_ms: {
        type: 'number',
        description:
          'How long to wait for output. Default 250 after writing (at most 30000), 5000 without chars (at most 300000).',
      },
      max_output_tokens: { type: 'number', description: 'Of more output the middle is left out. Default 10000.' },
    },
  },
}

const LEAST_MS = 250
const POLL_MS = 5000
const CTRL_C = '\u0003'

export const WRITE_STDIN: OwnTool = {
  name: 'write_stdin',
  parallel: true,
  spec: ({ context }) => (context.settings.environments.length > 0 ? SPEC : undefined),
  run: async (scope, call) => {
    const { session_id: id, chars = '', yield_time_ms: asked, max_output_tokens: most } = parseInput(INPUT, call.input)
    const { terminals } = scope.thread
    const terminal = terminals.find(id)
    if (terminal === undefined) throw new ToolRefusal(`there is no running command with the session ID ${id}`)
    const before = performance.now()
    if (chars !== '') await write(scope, terminal, chars)
    await terminal.wait(waitMs(chars, asked), scope.signal)
    if (terminal.end) terminals.forget(id)
    return report(scope, terminal, { wallMs: performance.now() - before, maxTokens: most })
  },
}

const waitMs = (chars: string, asked: number | undefined): number =>
  chars === ''
    ? Math.min(Math.max(asked ?? POLL_MS, POLL_MS), LIMITS.agentPollMs)
    : Math.min(Math.max(asked ?? LEAST_MS, LEAST_MS), LIMITS.agentYieldMs)

const write = async ({ teller }: TurnScope, terminal: Terminal, chars: string): Promise<void> => {
  const { tty, itemId, sessionId } = terminal.options
  if (!tty && chars !== CTRL_C)
    throw new ToolRefusal('stdin is closed for this session; run the command again with tty=true to keep it open')
  teller.tell('item/commandExecution/terminalInteraction', { itemId, processId: String(sessionId), stdin: chars })
  try {
    await (tty ? terminal.write(chars) : terminal.interrupt())
  } catch (error) {
    throw new ToolRefusal(`nothing could be written: ${problemOf(error)}`)
  }
}
