/** Owns the words of `towline exec`. */
import { type Build, command, examples } from '../command.ts'
import { execOptions } from '../exec-options.ts'
import type { ExecOptions } from '../run/exec.ts'
import { execResume } from './exec-resume.ts'

export const exec: Build = (io) =>
  examples(
    execOptions(
      command('exec', 'Have a coding agent do one thing, without questions; prints what it says last').argument(
        '[prompt]',
        'what to do; - reads it from standard input',
      ),
    ).addCommand(execResume(io)),
    'towline exec "fix the failing test" --sandbox workspace-write',
    'git diff | towline exec - --remote tow://devbox --json',
  ).action(async (prompt: string | undefined, options: ExecOptions) =>
    (await import('../run/exec.ts')).run(io, { prompt }, options),
  )
