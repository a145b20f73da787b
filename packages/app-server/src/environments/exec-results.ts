/** Owns the shapes of what an exec-server answers and tells: it is another program, and perhaps not ours. */
import type {
  EnvironmentInfo,
  FileBytes,
  FileMetadata,
  InitializeResult,
  ReadResult,
  StartResult,
} from '@towline/protocol'
import { z } from 'zod'
import type { ProcessEvent } from './watched-process.ts'

const SEQ = z.number().int().nonnegative()
const STREAM = z.enum(['stdout', 'stderr', 'pty'])

export const INITIALIZED: z.ZodType<InitializeResult> = z.looseObject({ sessionId: z.string() })
export const INFO: z.ZodType<EnvironmentInfo> = z.looseObject({
  shell: z.looseObject({ name: z.string(), path: z.string() }),
  cwd: z
    .string()
    .nullish()
    .transform((cwd) => cwd ?? 'file:///'),
})
/** Sandboxes of other systems are sandboxes too. */
export const STARTED: z.ZodType<StartResult> = z.looseObject({
  processId: z.string(),
  sandboxType: z.string().transform((type): StartResult['sandboxType'] => (type === 'none' ? 'none' : 'linuxSeccomp')),
})
export const KEPT: z.ZodType<ReadResult> = z.looseObject({
  chunks: z.array(z.looseObject({ seq: SEQ, stream: STREAM, chunk: z.string() })),
  nextSeq: SEQ,
  exited: z.boolean(),
  exitCode: z
    .number()
    .nullish()
    .transform((code) => code ?? null),
  closed: z.boolean(),
  failure: z
    .string()
    .nullish()
    .transform((text) => text ?? null),
  sandboxDenied: z.boolean().default(false),
})
export const WRITTEN = z.looseObject({ status: z.enum(['accepted', 'unknownProcess', 'stdinClosed', 'starting']) })
export const BYTES: z.ZodType<FileBytes> = z.looseObject({ dataBase64: z.string() })
export const METADATA: z.ZodType<FileMetadata> = z.looseObject({
  isDirectory: z.boolean(),
  isFile: z.boolean(),
  isSymlink: z.boolean(),
  size: z.number(),
  createdAtMs: z.number(),
  modifiedAtMs: z.number(),
})
export const ANYTHING = z.unknown()

const EVENTS: Readonly<Record<string, z.ZodType>> = {
  'process/output': z.looseObject({ processId: z.string(), seq: SEQ, stream: STREAM, chunk: z.string() }),
  'process/exited': z.looseObject({
    processId: z.string(),
    seq: SEQ,
    exitCode: z.number(),
    sandboxDenied: z.boolean().default(false),
  }),
  'process/closed': z.looseObject({ processId: z.string(), seq: SEQ }),
}

/** Undefined for what is told of something else, or not as it should be. */
export const eventOf = (method: string, params: unknown): ProcessEvent | undefined => {
  const schema = Object.hasOwn(EVENTS, method) ? EVENTS[method] : undefined
  const { success, data } = schema?.safeParse(params) ?? { success: false, data: undefined }
  return success ? ([method, data] as unknown as ProcessEvent) : undefined
}
