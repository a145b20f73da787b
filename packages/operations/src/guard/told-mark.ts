/** Owns what of a journal was told already, in a file beside it that is replaced at once. */
import { join } from 'node:path'
import { parseJson, readPrivateFile, writePrivateFile } from '@towline/base'
import type { Journal, BegunRecord } from './journal.ts'

export interface Mark {
  /** By the number of a segment, up to which byte it was told. Also the older ones: whoever is slow may still append there. */
  readonly told: Readonly<Record<string, number>>
  /** Calls that have begun, of which nothing more was read yet; by id. */
  readonly open: Readonly<Record<string, BegunRecord>>
}

const VERSION = 1

export const markFile = ({ folder }: Journal): string => join(folder, 'told.json')

/** One that cannot be read begins anew: the server knows what it was told. */
export const readMark = async (journal: Journal): Promise<Mark> => {
  const text = (await readPrivateFile(markFile(journal))) ?? ''
  const { told, open } = (parseJson(text) ?? {}) as { readonly told?: unknown; readonly open?: unknown }
  return { told: record(told, Number.isSafeInteger), open: record(open, isBegun) }
}

export const writeMark = (journal: Journal, mark: Mark): Promise<void> =>
  writePrivateFile(markFile(journal), `${JSON.stringify({ version: VERSION, ...mark })}\n`)

/** Whether a record tells only that a call began. */
export const isBegun = (value: unknown): value is BegunRecord =>
  typeof value === 'object' && value !== null && Number.isSafeInteger((value as Partial<BegunRecord>).begunBy)

const record = <T>(value: unknown, is: (one: unknown) => boolean): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries((value ?? {}) as Record<string, T>).filter(([, one]) => is(one)))
