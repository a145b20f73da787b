/** Owns how files of machines look in the answers of tools, and what tools about them take. */
import type { FilesRequest } from '@towline/operations'
import { z } from 'zod'
import type { ToolCall } from '../../tool.ts'
import { MACHINE, machineRequest } from '../machines/machine.ts'

export const filePath = (words: string) =>
  z.string().min(1).max(4_096).describe(`${words} Paths are below the served folder, such as /a/b.`)

export const FILE_INPUT = { ...MACHINE, path: filePath('The file or folder.') } as const

export interface FileArgs {
  readonly url: string
  readonly path: string
  readonly context?: string | undefined
  readonly project?: string | undefined
}

export const filesRequest = (args: Omit<FileArgs, 'path'>, call: ToolCall): FilesRequest => machineRequest(args, call)

export const FILE_FIELDS = {
  path: z.string().describe('Below the served folder.'),
  type: z.enum(['file', 'folder', 'link', 'special']).describe('special is a pipe, a socket or a device.'),
  size: z.int().describe('Bytes.'),
  mode: z.string().describe('Four octal digits.'),
  modifiedAt: z.int().describe('Seconds since the epoch.'),
  etag: z.string().describe('Changes with the file; ifMatch takes it.'),
  target: z.string().optional().describe('Where a link leads, when that is in the served folder.'),
} as const

export interface FileInfo {
  readonly path: string
  readonly type: 'file' | 'folder' | 'link' | 'special'
  readonly size: number
  readonly mode: string
  readonly mtimeNs: string
  readonly etag: string
  readonly target?: string
}

export const toldFile = ({ path, type, size, mode, mtimeNs, etag, target }: FileInfo) => ({
  ...{ path, type, size, mode, etag },
  modifiedAt: Number(BigInt(mtimeNs) / 1_000_000_000n),
  ...(target !== undefined && { target }),
})

export const ifMatchInput = z
  .string()
  .min(1)
  .max(128)
  .optional()
  .describe('etag that the file must still have; refused when it has changed.')

/** Drops what is undefined, as exact optional types want it. */
export const given = <T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
