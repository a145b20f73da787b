/** Owns what requests of an exec-server hold; what is not named here is left unread. */
import type {
  CopyParams,
  EnvPolicy,
  HttpRequestParams,
  ReadParams,
  SandboxContext,
  StartParams,
} from '@towline/protocol'
import { z } from 'zod'

const ID = z.string().min(1).max(256)
const PATH = z.string().min(1).max(8192)
const COUNT = z.number().int().nonnegative()
const TEXTS = z.record(z.string(), z.string())

const place = z.discriminatedUnion('type', [
  z.object({ type: z.literal('path'), path: PATH }),
  z.object({ type: z.literal('glob_pattern'), pattern: PATH }),
  z.object({ type: z.literal('special'), value: z.object({ kind: z.string(), subpath: PATH.nullish() }) }),
])
/** An older word for what is denied. */
const access = z.enum(['read', 'write', 'deny', 'none']).transform((word) => (word === 'none' ? 'deny' : word))
const network = z.enum(['restricted', 'enabled'])
const permissions = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('managed'),
    file_system: z.discriminatedUnion('type', [
      z.object({
        type: z.literal('restricted'),
        entries: z.array(z.object({ path: place, access, missing_path_behavior: z.string().nullish() })),
      }),
      z.object({ type: z.literal('unrestricted') }),
    ]),
    network,
  }),
  z.object({ type: z.literal('disabled') }),
  z.object({ type: z.literal('external'), network }),
])
const sandbox: z.ZodType<SandboxContext | null | undefined> = z
  .object({ permissions, cwd: PATH.nullish(), workspaceRoots: z.array(PATH).max(64).optional() })
  .nullish() as z.ZodType<SandboxContext | null | undefined>

const envPolicy: z.ZodType<EnvPolicy> = z.object({
  inherit: z.enum(['all', 'core', 'none']),
  ignoreDefaultExcludes: z.boolean().default(false),
  exclude: z.array(z.string().max(256)).max(256).default([]),
  set: TEXTS.default({}),
  includeOnly: z.array(z.string().max(256)).max(256).default([]),
})

export const INITIALIZE = z.object({ clientName: z.string(), resumeSessionId: z.string().nullish() })
export const NOTHING = z.unknown()
export const START = z.object({
  processId: ID,
  argv: z.array(z.string()).min(1),
  cwd: PATH,
  env: TEXTS.default({}),
  envPolicy: envPolicy.nullish(),
  tty: z.boolean().default(false),
  pipeStdin: z.boolean().default(false),
  arg0: z.string().nullish(),
  sandbox,
  enforceManagedNetwork: z.boolean().default(false),
}) as z.ZodType<StartParams>
export const READ = z.object({
  processId: ID,
  afterSeq: COUNT.nullish(),
  maxBytes: COUNT.nullish(),
  waitMs: COUNT.nullish(),
}) as z.ZodType<ReadParams>
export const WRITE = z.object({ processId: ID, chunk: z.base64(), writeId: z.string().max(256).optional() })
export const SIGNAL = z.object({ processId: ID, signal: z.literal('interrupt') })
export const TERMINATE = z.object({ processId: ID })

const FILE = { path: PATH, sandbox }
export const AT_PATH = z.object(FILE)
export const OPEN = z.object({ ...FILE, handleId: ID })
export const READ_BLOCK = z.object({ handleId: ID, offset: COUNT, len: COUNT })
export const CLOSE = z.object({ handleId: ID })
export const WRITE_FILE = z.object({ ...FILE, dataBase64: z.base64() })
export const MAKE_FOLDER = z.object({ ...FILE, recursive: z.boolean().nullish() })
export const REMOVE = z.object({ ...FILE, recursive: z.boolean().nullish(), force: z.boolean().nullish() })
export const COPY = z.object({
  sourcePath: PATH,
  destinationPath: PATH,
  recursive: z.boolean(),
  sandbox,
}) as z.ZodType<CopyParams>
export const WALK = z.object({
  ...FILE,
  options: z.object({ maxDepth: COUNT.optional(), maxDirectories: COUNT.optional(), maxEntries: COUNT.optional() }),
})

export const WATCH_MISSING = z.object({ watchId: COUNT, missing: z.array(PATH), present: PATH.nullish() })

export const HTTP = z.object({
  method: z.string().regex(/^[A-Za-z]{1,32}$/),
  url: z.string().max(8192),
  headers: z
    .array(z.object({ name: z.string(), value: z.string() }))
    .max(256)
    .optional(),
  bodyBase64: z.base64().nullish(),
  timeoutMs: COUNT.nullish(),
  redirectPolicy: z.enum(['follow', 'stop']).optional(),
  requestId: ID,
  streamResponse: z.boolean().optional(),
}) as z.ZodType<HttpRequestParams>
