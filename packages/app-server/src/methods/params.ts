/** Owns params that several methods take. */
import { isAbsolute, normalize, resolve } from 'node:path'
import { z } from 'zod'

/** An object; what is in it does not matter. */
export const ANY = z.looseObject({})

/** In the words that clients of stock servers know. */
export const ABSOLUTE = z
  .string()
  .max(8192)
  .refine((path) => isAbsolute(path), 'AbsolutePathBuf deserialized without a base path')
  .transform((path) => normalize(path))

export const FOLDER = z.string().max(8192).nullish()

/** Below `base`, unless it is absolute. */
export const folderOf = (cwd: string | null | undefined, base: string): string => resolve(base, cwd ?? '.')
