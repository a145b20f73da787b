/** Owns the tool that runs a command on a machine. */
import { newId } from '@towline/base'
import { type ExecRequest, watchOn } from '@towline/operations'
import { AppError, LIMITS, type OpenRequest } from '@towline/protocol'
import { z } from 'zod'
import { defineTool, type ToolCall } from '../../tool.ts'
import { ticking } from '../ticking.ts'
import { EXEC_OUTPUT, toldExec } from './exec-view.ts'
import { looksOnly } from './looking.ts'
import { MACHINE, machineRequest, machineTarget, PINNING, processLabel } from './machine.ts'
import { secretText, secretValues } from './secret-arguments.ts'

const words = z.string().max(LIMITS.webttyArgvBytes)

const input = z.strictObject({
  ...MACHINE,
  argv: z
    .array(words)
    .min(1)
    .max(4_096)
    .optional()
    .describe('Program and arguments, run without a shell. Give this or shell.'),
  shell: words.min(1).optional().describe('One line for "sh -lc"; only where a shell is really needed.'),
  cwd: z.string().min(1).max(4_096).optional().describe('Folder to run in.'),
  env: z
    .record(z.string().min(1).max(256), words)
    .optional()
    .describe('Variables to set. A value "secret://…" is looked up here and never shown.'),
  stdin: words
    .optional()
    .describe('Text for its standard input, which ends after it; may be "secret://…". Else there is none.'),
  stdinOpen: z.boolean().default(false).describe('Leaves its input open for towline_webtty_exec_write.'),
  timeoutMs: z.int().min(1).max(LIMITS.webttyTimeoutMs).optional().describe('Ends the command after so long.'),
  yieldMs: z
    .int()
    .min(0)
    .max(LIMITS.mcpYieldMsMost)
    .default(LIMITS.mcpYieldMs)
    .describe('How long to wait for its end. A command that takes longer goes on, and the answer says running.'),
  background: z
    .boolean()
    .default(false)
    .describe('Answers as soon as it runs, and goes on whatever becomes of this call.'),
  maxOutputBytes: z
    .int()
    .min(0)
    .max(LIMITS.mcpOutputBytesMost)
    .default(LIMITS.mcpOutputBytes)
    .describe('Of stdout and of stderr each, first and last half; what is left out is told and can be read.'),
  purpose: z.string().min(1).max(64).optional().describe('What it is for, in some words; shown in lists of processes.'),
  ...PINNING,
})

type Args = z.output<typeof input>

export const webttyExec = defineTool({
  name: 'towline_webtty_exec',
  description:
    'Runs a command on a machine and answers its outcome. A command that outlives yieldMs goes on there: read it with ' +
    'towline_webtty_exec_read. Cancelling this call ends the command unless background is set. Commands that only look, such as ' +
    'uname, df, ps, ls, systemctl status, by argv alone, need no approval; others may.',
  input,
  output: z.strictObject(EXEC_OUTPUT),
  hints: { title: 'Run a command on a machine', destructive: true, openWorld: true },
  risk: (args) => (looksOnly(args) && !args.background ? 'read' : 'execute'),
  profile: 'operate',
  target: machineTarget,
  failed: ({ state, exitCode }) => state !== 'running' && !(state === 'exited' && exitCode === 0),
  run: async (args, call) => {
    const { background, yieldMs, maxOutputBytes, stdin, stdinOpen } = args
    const request = await requestOf(args, call)
    const bytes = stdin === undefined ? undefined : Buffer.from(await secretText(stdin, call))
    const waitMs = background ? 0 : yieldMs
    const ask: ExecRequest = {
      ...machineRequest(args, call),
      ...{ request, maxOutputBytes, yieldMs: waitMs },
      onOpened: (process) => {
        if (bytes) process.write(bytes)
        if (bytes && !stdinOpen) process.endInput()
      },
    }
    const told = { total: Math.ceil(waitMs / 1000), message: 'the command runs' }
    const { result, gaps } = await ticking(call, told, () => watchOn(ask))
    return toldExec(result, gaps)
  },
})

/** The id is chosen here: also when the answer is lost, it is known what to look for. Rejects with REQUEST_INVALID, SECRET_REFUSED. */
const requestOf = async (args: Args, call: ToolCall): Promise<OpenRequest> => {
  const { argv, shell, cwd, env, stdin, stdinOpen, timeoutMs, background, purpose } = args
  if ((argv === undefined) === (shell === undefined))
    throw new AppError('REQUEST_INVALID', { problem: 'give argv, or shell, and not both.' })
  return {
    kind: 'exec',
    processId: newId('prc'),
    ...(argv ? { argv } : { shell: shell as string }),
    ...(cwd !== undefined && { cwd }),
    ...(env && { env: await secretValues(env, call) }),
    stdin: stdin !== undefined || stdinOpen ? 'pipe' : 'none',
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(background && { detach: true }),
    label: processLabel(call, purpose ?? 'towline_webtty_exec'),
  }
}
