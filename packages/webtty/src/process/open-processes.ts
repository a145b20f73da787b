/** Owns processes for others of this program (see {@link Processes}): started, told of, ended with all they started. */
import { randomText } from '@towline/base'
import { type BareProcess, LIMITS, type Limits, type Processes } from '@towline/protocol'
import type { Child } from './child-types.ts'
import { ASK_COMMAND, ASK_TERMINAL, endTree } from './end-tree.ts'
import { DEFAULT_PATH } from './environment.ts'
import { findCommand } from './find-command.ts'
import { PipePool } from './pipe-pool.ts'
import { sendSignal } from './send-signal.ts'
import { startChild } from './start-child.ts'
import { workingFolder } from './working-folder.ts'

/** Marks all that a process starts, beneath the mark that the whole program may have. */
const MARK = 'TOWLINE_PROCESS_ID'
const MARK_CHARS = 32
const SIZE = { cols: 80, rows: 24 }

export const openProcesses = (limits: Limits = LIMITS): Processes => {
  const pool = new PipePool(limits)
  return {
    start: async ({ argv, arg0, tty, stdin, ...asked }, sink) => {
      const cwd = workingFolder(asked.cwd, '/')
      const file = findCommand(argv[0] ?? '', { path: asked.env['PATH'] ?? DEFAULT_PATH, cwd })
      const cookie = randomText(MARK_CHARS)
      const state = { gone: false }
      const child = await startChild({
        spec: {
          file,
          argv: [arg0 ?? argv[0] ?? file, ...argv.slice(1)],
          cwd,
          env: { ...asked.env, PWD: cwd, [MARK]: cookie },
          stdin: stdin ? 'pipe' : 'none',
          ...(tty && { tty: SIZE }),
        },
        pool,
        limits,
        sink: {
          output: (fd, bytes) => sink.output(fd, bytes),
          taken: (count) => sink.taken(count),
          ended: () => undefined,
          gone: () => {
            state.gone = true
          },
          exited: ({ exitCode, signal }) => sink.exited(exitCode, signal),
        },
      })
      return bareOf(child, { cookie, tty, state, limits })
    },
    close: () => pool.close(),
  }
}

interface Held {
  readonly cookie: string
  readonly tty: boolean
  /** Whether its pid is nobody's. */
  readonly state: { readonly gone: boolean }
  readonly limits: Limits
}

const bareOf = (child: Child, { cookie, tty, state, limits }: Held): BareProcess => {
  const { identity: leader } = child
  return {
    pause: () => child.fds.forEach((fd) => child.pause(fd)),
    resume: () => child.fds.forEach((fd) => child.resume(fd)),
    write: (bytes) => {
      if (!state.gone) child.write(bytes)
    },
    interrupt: () => {
      if (!state.gone) sendSignal(leader, 'INT', tty ? 'foreground' : 'group')
    },
    end: async (graceMs) => {
      for (const fd of child.fds) child.resume(fd)
      await endTree({ leader, cookie, cookieName: MARK, ask: tty ? ASK_TERMINAL : ASK_COMMAND, graceMs, limits })
    },
  }
}
