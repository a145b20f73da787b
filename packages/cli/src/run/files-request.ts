/** Owns what every command that works with files of a machine hands to its operation. */
import { type FilesRequest, withFiles } from '@towline/operations'
import { AppError } from '@towline/protocol'
import type { FilesClient } from '@towline/webtty'
import type { Io } from '../io.ts'
import type { Format } from '../output/printers.ts'
import type { WebttyOptions } from '../webtty-options.ts'
import { machineRequest } from './machine.ts'

export interface FilesOptions extends WebttyOptions {
  readonly output: Format
}

/** Runs `use` with the files that the options name. */
export const onFiles = <T>(io: Io, options: WebttyOptions, use: (files: FilesClient) => Promise<T>): Promise<T> => {
  const request: FilesRequest = machineRequest(io, options)
  return withFiles(request, use)
}

/** Three or four octal digits. Throws OPTION_INVALID. */
export const octal = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  if (/^[0-7]{3,4}$/.test(text)) return Number.parseInt(text, 8)
  throw new AppError('OPTION_INVALID', { option: '--mode', value: text, problem: 'write octal digits, such as 644' })
}

/** Drops what is undefined, as exact optional types want it. */
export const given = <T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
