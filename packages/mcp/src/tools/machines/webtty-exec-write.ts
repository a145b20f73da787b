/** Owns the tool that writes to the standard input of a command. */
import { Readable } from 'node:stream'
import { writeInput } from '@towline/operations'
import { AppError, LIMITS } from '@towline/protocol'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { processIdInput } from './exec-view.ts'
import { MACHINE, machineRequest, machineTarget, PINNING } from './machine.ts'
import { secretText } from './secret-arguments.ts'

export const webttyExecWrite = defineTool({
  name: 'towline_webtty_exec_write',
  description:
    'Writes to the standard input of a command that was started with stdinOpen, and ends it with eof. Answers when the machine has ' +
    'all of it.',
  input: z.strictObject({
    ...MACHINE,
    processId: processIdInput,
    stdin: z
      .string()
      .max(LIMITS.webttyInputBytes)
      .default('')
      .describe('Text to write, line breaks included; may be "secret://…".'),
    eof: z.boolean().default(false).describe('Ends its input afterwards.'),
    ...PINNING,
  }),
  output: z.strictObject({
    processId: z.string().describe('Of the command.'),
    writtenBytes: z.int().describe('Bytes that the machine took.'),
    eof: z.boolean().describe('Whether its input has ended.'),
  }),
  hints: { title: 'Write to a command', destructive: true, openWorld: true },
  risk: 'execute',
  profile: 'operate',
  target: machineTarget,
  run: async ({ processId, stdin, eof, ...args }, call) => {
    if (stdin === '' && !eof) throw new AppError('REQUEST_INVALID', { problem: 'give stdin, or eof.' })
    const bytes = Buffer.from(await secretText(stdin, call))
    const input = Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false })
    await writeInput({ ...machineRequest(args, call), processId, input, end: eof })
    return { processId, writtenBytes: bytes.length, eof }
  },
})
