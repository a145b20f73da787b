/** Owns the tool that sends a signal to a command. */
import { signalProcess } from '@towline/operations'
import { SIGNALS } from '@towline/protocol'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { processIdInput } from './exec-view.ts'
import { MACHINE, machineRequest, machineTarget, PINNING } from './machine.ts'

export const webttyExecSignal = defineTool({
  name: 'towline_webtty_exec_signal',
  description:
    'Sends a signal to a command on a machine and all it started: INT or TERM to end it, KILL when that does not help. Read how it ' +
    'ended with towline_webtty_exec_read.',
  input: z.strictObject({
    ...MACHINE,
    processId: processIdInput,
    signal: z.enum(SIGNALS).default('TERM').describe('Which one.'),
    leaderOnly: z.boolean().default(false).describe('Only to the command itself, not to what it started.'),
    ...PINNING,
  }),
  output: z.strictObject({
    processId: z.string().describe('Of the command.'),
    signal: z.string().describe('What was sent.'),
  }),
  hints: { title: 'Signal a command', destructive: true, openWorld: true },
  risk: 'execute',
  profile: 'operate',
  target: machineTarget,
  run: async ({ processId, signal: name, leaderOnly, ...args }, call) => {
    await signalProcess({ ...machineRequest(args, call), processId, name, leaderOnly })
    return { processId, signal: name }
  },
})
