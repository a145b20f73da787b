/** Owns the processes of stock programs: each has a deadline, an end by its pid, and its words kept for the failure message. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

export interface ProcessOptions {
  readonly cwd?: string
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Whom to run as, when the tests run as root. */
  readonly user?: Account | undefined
}

export interface Account {
  readonly uid: number
  readonly gid: number
}

export interface Running {
  readonly pid: number
  /** Standard output and error as they came, the last quarter of a MiB. */
  output(): string
  /** The first match in the output, of what was said before too. Throws with the output when it does not come. */
  said(pattern: RegExp, withinMs?: number): Promise<RegExpMatchArray>
  /** The status it ends with by itself; null when a signal ended it. Throws with the output when it does not end. */
  ended(withinMs?: number): Promise<number | null>
  /** Ends it with all it started. */
  stop(): Promise<void>
}

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

const KEPT = 256 * 1024
const STOP_MS = 8_000

/** Groups that still run; a broken test run leaves none behind. */
const groups = new Set<number>()
process.on('exit', () => {
  for (const pid of groups) signal(pid, 'SIGKILL')
})

/** Starts a program that runs until it is stopped. */
export const launch = (argv: readonly string[], options: ProcessOptions = {}): Running => {
  const child = begin(argv, options)
  const pid = child.pid as number
  let output = ''
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const look of waiting) look()
  }
  const hear = (text: string): void => {
    output = (output + text).slice(-KEPT)
    wake()
  }
  child.stdout?.setEncoding('utf8').on('data', hear)
  child.stderr?.setEncoding('utf8').on('data', hear)
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      wake()
      resolve()
    })
  })
  const told = (problem: string): Error => new Error(`${argv.join(' ')}: ${problem}\n${output}`)

  return {
    pid,
    output: () => output,
    said: (pattern, withinMs = 60_000) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void): void => {
          clearTimeout(timer)
          waiting.delete(look)
          act()
        }
        const look = (): void => {
          const found = output.match(pattern)
          if (found) settle(() => resolve(found))
          else if (child.exitCode !== null || child.signalCode !== null)
            settle(() => reject(told(`it ended with ${child.exitCode ?? child.signalCode} before it said ${pattern}`)))
        }
        const timer = setTimeout(() => settle(() => reject(told(`it did not say ${pattern}`))), withinMs)
        waiting.add(look)
        look()
      }),
    ended: async (withinMs = 60_000) => {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(told('it did not end')), withinMs)
      })
      await Promise.race([ended, late]).finally(() => clearTimeout(timer))
      groups.delete(pid)
      return child.exitCode
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) signal(pid, 'SIGTERM')
      const timer = setTimeout(() => signal(pid, 'SIGKILL'), STOP_MS)
      await ended
      clearTimeout(timer)
      // What it started may outlive it.
      signal(pid, 'SIGKILL')
      groups.delete(pid)
    },
  }
}

/** Runs a program to its end. Throws when it has not ended by the deadline; what it answered is for the test to judge. */
export const run = async (
  argv: readonly string[],
  options: ProcessOptions & { readonly input?: string; readonly withinMs?: number } = {},
): Promise<Ran> => {
  const child = begin(argv, options)
  const parts = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (parts.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (parts.stderr += text))
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input ?? '')
  const pid = child.pid as number
  let late = false
  const timer = setTimeout(() => {
    late = true
    signal(pid, 'SIGKILL')
  }, options.withinMs ?? 60_000)
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearTimeout(timer)
  groups.delete(pid)
  if (late) throw new Error(`${argv.join(' ')}: it did not end in time\n${parts.stdout}\n${parts.stderr}`)
  return { status, ...parts }
}

/** Like {@link run}, and throws with what it said unless it ended well; answers its standard output. */
export const succeed = async (...args: Parameters<typeof run>): Promise<string> => {
  const { status, stdout, stderr } = await run(...args)
  if (status !== 0) throw new Error(`${args[0].join(' ')}: it ended with ${status}\n${stdout}\n${stderr}`)
  return stdout
}

const begin = (argv: readonly string[], { cwd, env, user }: ProcessOptions): ChildProcess => {
  const [file, ...args] = argv as readonly [string, ...string[]]
  const child = spawn(file, args, {
    stdio: 'pipe',
    detached: true,
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    ...user,
  })
  if (child.pid === undefined) throw new Error(`${file} does not start; scripts/setup-debian.sh installs it`)
  groups.add(child.pid)
  return child
}

const signal = (group: number, name: NodeJS.Signals): void => {
  try {
    process.kill(-group, name)
  } catch {
    // It has gone.
  }
}

/** How to start a program on a terminal of its own, for those that talk to people on no other. */
export const onTerminal = (argv: readonly string[]): readonly string[] => {
  const quoted = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
  return ['script', '-qefc', quoted.join(' '), '/dev/null']
}

/** Where a program is. Throws a sentence that says which Debian package has it. */
export const program = (name: string, debian: string, folders: readonly string[] = []): string => {
  const paths = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', ...folders]
  const found = paths.map((folder) => join(folder, name)).find((file) => existsSync(file))
  if (found) return found
  throw new Error(`${name} is not on this machine; it comes with Debian's package ${debian} (scripts/setup-debian.sh)`)
}

/** The account to start a program as that refuses root; undefined when the tests do not run as root. */
export const account = (...names: readonly string[]): Account | undefined => {
  if (process.getuid?.() !== 0) return undefined
  for (const name of names) {
    try {
      const id = (flag: string): number => Number(execFileSync('id', [flag, name], { stdio: 'pipe' }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // The next name.
    }
  }
  throw new Error(`there is no account ${names.join(' or ')} on this machine`)
}

/** A folder of its own; `remove` takes it away with all that is in it. */
export const folder = (name: string): { readonly path: string; remove(): void } => {
  const path = realpathSync(mkdtempSync(join(tmpdir(), `towline-${name}-`)))
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) }
}

/** A port nobody listens on now, below those that the system gives to clients, for programs that cannot take any. */
export const freePort = async (): Promise<number> => {
  for (let tries = 0; tries < 50; tries++) {
    const port = randomInt(20_000, 32_000)
    if (await isFree(port)) return port
  }
  throw new Error('there is no free port')
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** Resident memory of a process in MB, the highest it ever was. */
export const peakMemory = (pid: number): number => {
  const status = execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8' })
  return Number(status.match(/^VmHWM:\s+(\d+) kB$/m)?.[1]) / 1024
}
