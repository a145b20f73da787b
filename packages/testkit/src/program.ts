/** Owns one child process of a test: its words as they come, JSON lines among them, and its end by its pid. */
import { type ChildProcess, spawn } from 'node:child_process'
import { Inbox } from './inbox.ts'
import { SOON_MS, within } from './within.ts'

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
}

/** How a process ended. */
export interface Ended {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A line of standard output that is a JSON object. */
export type Line = Readonly<Record<string, unknown>>

export interface Program extends AsyncDisposable {
  readonly pid: number
  readonly child: ChildProcess
  /** The JSON lines of standard output so far. */
  readonly lines: readonly Line[]
  stdout(): string
  stderr(): string
  /** The first JSON line from position `from` on whose `status` is this. Throws with all output when it does not come. */
  status(status: string, options?: { readonly from?: number; readonly ms?: number }): Promise<Line>
  /** The first match in standard error. */
  complains(pattern: RegExp, ms?: number): Promise<RegExpMatchArray>
  /** How it ended. Throws when it has not by the deadline. */
  ended(ms?: number): Promise<Ended>
  /** Sends a signal to this one process. */
  kill(signal: NodeJS.Signals): void
  /** SIGTERM, then SIGKILL; twice is harmless. */
  stop(): Promise<void>
}

const STOP_MS = 8_000

/** What still runs when the tests end is killed. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a program. */
export const start = (argv: readonly string[], { env = process.env, cwd }: ProgramOptions = {}): Program => {
  const [file, ...args] = argv as readonly [string, ...string[]]
  const child = spawn(file, args, {
    stdio: 'pipe',
    env: env as NodeJS.ProcessEnv,
    ...(cwd === undefined ? {} : { cwd }),
  })
  running.add(child)
  child.stdin?.on('error', () => {})
  const lines = new Inbox<Line>()
  const words = new Inbox<string>()
  const text = { stdout: '', stderr: '' }
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text.stdout += part
    const parts = (rest + part).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) if (line.startsWith('{"')) lines.put(JSON.parse(line) as Line)
  })
  child.stderr?.setEncoding('utf8').on('data', (part: string) => {
    text.stderr += part
    words.put(part)
  })
  const told = (what: string): Error => new Error(`${argv.join(' ')}: ${what}\n${text.stdout}\n${text.stderr}`)
  const end = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status, signal) => {
      running.delete(child)
      for (const inbox of [lines, words]) inbox.end(`it ended with ${status ?? signal}`)
      resolve({ status, signal, ...text })
    })
  })
  end.catch(() => {})
  const saying = <T>(work: Promise<T>): Promise<T> => work.catch((error: Error) => Promise.reject(told(error.message)))
  const ended = (ms = SOON_MS): Promise<Ended> => saying(within('its end', end, ms))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await end.catch(() => {})
    clearTimeout(timer)
  }
  return {
    pid: child.pid ?? 0,
    child,
    lines: lines.all,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    status: (status, options) => saying(lines.until(`status ${status}`, (line) => line['status'] === status, options)),
    complains: async (pattern, ms = SOON_MS) => {
      await saying(words.until(`${pattern}`, () => pattern.test(text.stderr), { ms }))
      return text.stderr.match(pattern) as RegExpMatchArray
    },
    ended,
    kill: (signal) => void child.kill(signal),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Runs a program to its end. */
export const run = async (
  argv: readonly string[],
  { input = '', ms, ...options }: ProgramOptions & { readonly input?: string | Uint8Array; readonly ms?: number } = {},
): Promise<Ended> => {
  await using program = start(argv, options)
  program.child.stdin?.end(input)
  return await program.ended(ms)
}
