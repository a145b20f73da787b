/** Owns files of this workstation that are sent or received: where they are, and what the system says of them. */
import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { homeDir } from '@towline/operations'
import { AppError } from '@towline/protocol'
import { z } from 'zod'
import type { McpDeps } from '../../deps.ts'

export const localPath = (words: string) =>
  z
    .string()
    .min(1)
    .max(4_096)
    .describe(`${words} On this workstation; absolute, or relative to the folder this server was started in.`)

/** A file of this workstation. */
export interface LocalFile {
  /** Absolute. */
  readonly file: string
  /** Where that leads, links followed. */
  readonly real: string
}

/** Towline's own files are neither sent nor replaced, nor what the kernel tells of processes. Rejects with LOCAL_FILE. */
export const localFile = async (path: string, { cwd, env }: McpDeps): Promise<LocalFile> => {
  const file = resolve(cwd, path)
  const home = await realpath(homeDir(env)).catch(() => homeDir(env))
  const real = await realpath(file).catch(async () =>
    join(await realpath(dirname(file)).catch(() => dirname(file)), basename(file)),
  )
  if (real === home || real.startsWith(`${home}${sep}`))
    throw new AppError('LOCAL_FILE', { file, problem: "Towline's own files are not handed out or replaced" })
  // Such as the environment of this very process.
  if (/^\/(proc|sys|dev)\//.test(real)) throw new AppError('LOCAL_FILE', { file, problem: 'it is not a file' })
  return { file, real }
}

/** What the system says of a local file, in words; anything else as it is. */
export const localError = (error: unknown, file: string): unknown => {
  if (error instanceof AppError) return error
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return error
  return new AppError('LOCAL_FILE', { file, problem: code })
}
