/** Owns fields that methods of threads and turns share; what is not named here is left unread. */
import { LIMITS } from '@towline/protocol'
import { z } from 'zod'

export const threadId = z.string()
export const text = z.string().nullish()
const json = z.unknown()

export const sortDirection = z.enum(['asc', 'desc']).nullish()
export const cursor = z.string().nullish()
export const limit = z.number().int().nonnegative().nullish()

/** How many a page has. */
export const pageSize = (asked: number | null | undefined, usual: number): number =>
  Math.max(1, Math.min(asked ?? usual, LIMITS.threadPage))

const sandboxPolicy = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('dangerFullAccess') }),
  z.looseObject({ type: z.literal('readOnly'), networkAccess: z.boolean().default(false) }),
  z.looseObject({
    type: z.literal('externalSandbox'),
    networkAccess: z.enum(['restricted', 'enabled']).default('restricted'),
  }),
  z.looseObject({
    type: z.literal('workspaceWrite'),
    writableRoots: z.array(z.string()).default([]),
    networkAccess: z.boolean().default(false),
    excludeTmpdirEnvVar: z.boolean().default(false),
    excludeSlashTmp: z.boolean().default(false),
  }),
])

const approvalPolicy = z.union([
  z.enum(['untrusted', 'on-request', 'never']),
  z.literal('on-failure').transform(() => 'on-request' as const),
  z.looseObject({
    granular: z.looseObject({
      sandbox_approval: z.boolean(),
      rules: z.boolean(),
      skill_approval: z.boolean().default(false),
      request_permissions: z.boolean().default(false),
      mcp_elicitations: z.boolean(),
    }),
  }),
])

const environments = z
  .array(z.looseObject({ environmentId: z.string(), cwd: text, runtimeWorkspaceRoots: z.array(z.string()).nullish() }))
  .nullish()

/** Of a thread, and of a turn for those after it. */
const SETTINGS = {
  model: text,
  cwd: text,
  runtimeWorkspaceRoots: z.array(z.string()).nullish(),
  approvalPolicy: approvalPolicy.nullish(),
  permissions: text,
  environments,
}

export const THREAD_SETTINGS = {
  ...SETTINGS,
  modelProvider: text,
  sandbox: z.enum(['read-only', 'workspace-write', 'danger-full-access']).nullish(),
  config: z.record(z.string(), json).nullish(),
  baseInstructions: text,
  developerInstructions: text,
}

export const TURN_SETTINGS = {
  ...SETTINGS,
  sandboxPolicy: sandboxPolicy.nullish(),
  effort: text,
  summary: z.enum(['auto', 'concise', 'detailed', 'none']).nullish(),
  collaborationMode: z.looseObject({ settings: z.record(z.string(), json).nullish() }).nullish(),
}

/** What a person sends; sorts that are not known are refused. */
export const userInput = z.array(
  z.discriminatedUnion('type', [
    z.looseObject({ type: z.literal('text'), text: z.string(), text_elements: z.array(json).default([]) }),
    z.looseObject({ type: z.literal('image'), url: z.string() }),
    z.looseObject({ type: z.literal('localImage'), path: z.string() }),
    z.looseObject({ type: z.enum(['skill', 'mention']), name: z.string(), path: z.string() }),
  ]),
)
