/** Owns the one call that forks: no master of a terminal is inherited, and every failure has its code. */
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process'
import { AppError } from '@towline/protocol'
import { maskDescriptors } from './descriptors.ts'

export interface Launch {
  readonly file: string
  readonly args: readonly string[]
  readonly options: Omit<SpawnOptions, 'stdio'>
  /** Descriptors for 0, 1 and 2. */
  readonly stdio: readonly [number | 'ignore', number | 'ignore', number | 'ignore']
}

/** What the kernel refuses though it was checked: the file went away, or its interpreter is missing. */
const REFUSALS: Readonly<Record<string, (command: string) => AppError>> = {
  ENOENT: (command) => new AppError('COMMAND_UNKNOWN', { command }),
  EACCES: (command) => new AppError('COMMAND_REFUSED', { command, problem: 'it may not be executed.' }),
  ENOEXEC: (command) => new AppError('COMMAND_REFUSED', { command, problem: 'it is no program for this machine.' }),
  E2BIG: () => new AppError('PROCESS_INVALID', { problem: 'its arguments and environment are too long.' }),
}

/** Starts a program and answers it with its pid. Throws COMMAND_UNKNOWN, COMMAND_REFUSED, PROCESS_INVALID, SPAWN_FAILED. */
export const launch = async ({ file, args, options, stdio }: Launch): Promise<ChildProcess & { pid: number }> => {
  try {
    const child = spawn(file, args, { ...options, stdio: maskDescriptors(stdio) })
    if (child.pid !== undefined) return child as ChildProcess & { pid: number }
    throw await new Promise<Error>((resolve) => child.once('error', resolve))
  } catch (error) {
    throw refusal(error as NodeJS.ErrnoException, file)
  }
}

const refusal = (error: NodeJS.ErrnoException, file: string): AppError => {
  const known = REFUSALS[error.code ?? '']
  if (known !== undefined) return known(file)
  return new AppError('SPAWN_FAILED', { problem: error.code ?? 'fork failed.' }, { cause: error })
}
