/** Owns what every tool that reaches a machine takes, and hands to its operation. */
import type { Env, MachineRequest } from '@towline/operations'
import { AGENT_LABELS } from '@towline/protocol'
import { z } from 'zod'
import { SELECTOR } from '../../server/schemas.ts'
import type { ToolCall, ToolTarget } from '../../tool.ts'

/** Arguments of every tool that reaches a machine. */
export const MACHINE = {
  url: z
    .string()
    .min(1)
    .max(512)
    .describe('The machine: tow://<name> as towline_webtty_list answers it, or the address of its own endpoint.'),
  ...SELECTOR,
} as const

/** Arguments about end-to-end encryption, of tools that run programs. */
export const PINNING = {
  pinned: z
    .boolean()
    .default(false)
    .describe(
      'Refuses a machine whose key this workstation does not pin; pinned ones are always encrypted end to end.',
    ),
  clientIdentity: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Identity of this workstation to prove instead of that of the pin.'),
} as const

export interface MachineArgs {
  readonly url: string
  readonly context?: string | undefined
  readonly project?: string | undefined
  readonly pinned?: boolean | undefined
  readonly clientIdentity?: string | undefined
}

/** Connections are kept for the next call. */
export const machineRequest = (
  { url, context, project, pinned, clientIdentity }: MachineArgs,
  call: ToolCall,
): MachineRequest => ({
  connection: () => call.connection({ context, project }),
  url,
  agent: call.deps.agent,
  signal: call.signal,
  env: withoutWebToken(call.deps.env),
  trust: { clientIdentity, project, pinned },
  pool: call.deps.machines,
})

/** That token goes to whatever address it is used with, and here the agent names the address. */
const withoutWebToken = ({ TOWLINE_WEBTTY_TOKEN: _token, TOWLINE_WEBTTY_TOKEN_FILE: _file, ...env }: Env): Env => env

export const machineTarget = ({ url }: { readonly url: string }): ToolTarget => ({ name: url })

/** Machines take no longer label. */
const LABEL_CHARS = 256

/** By whom and what for a process was started, as machines list it: the labels of agents, as a filter is written. */
export const processLabel = (call: ToolCall, purpose: string): string => {
  // The purpose comes last, where it may be cut.
  const { [AGENT_LABELS.purpose]: last, ...first } = call.labels(purpose)
  const pairs = Object.entries({ ...first, [AGENT_LABELS.purpose]: last }).map(([key, value]) => `${key}=${value}`)
  return pairs.join(',').slice(0, LABEL_CHARS)
}
