/** Owns what this machine needs to serve terminals and commands. */
import { AppError } from '@towline/protocol'
import type { Env } from './environment.ts'
import { findCommand } from './find-command.ts'
import { nativePty } from './native-pty.ts'

/** Programs that starting a process takes (util-linux, coreutils). */
const PROGRAMS = ['setsid', 'mkfifo'] as const

/** What is missing, in words; nothing when this machine can serve. */
export const missingToServe = ({
  env,
  pty = nativePty,
}: {
  readonly env: Env
  readonly pty?: () => unknown
}): readonly string[] => {
  const path = env['PATH'] ?? '/usr/bin:/bin'
  const lacks = (look: () => unknown, words: string): readonly string[] => {
    try {
      look()
      return []
    } catch (error) {
      if (error instanceof AppError) return [words]
      throw error
    }
  }
  return [
    ...PROGRAMS.flatMap((program) => lacks(() => findCommand(program, { path, cwd: '/' }), `the program ${program}`)),
    ...lacks(pty, `the prebuilt part for terminals on ${process.platform}/${process.arch}`),
  ]
}
