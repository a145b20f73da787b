/** Owns reading the JSON bodies of webtty frames into typed values: bounded, checked, unknown keys dropped. */
import { LIMITS } from '../limits.ts'
import { flag, integer, literal, oneOf, optional, type Reader, shape } from '../link/readers.ts'
import { id, listOf, path4k, reset, text, UTF8, word, wrong } from './body-readers.ts'
import { answer, ask } from './exposure-bodies.ts'
import { WEBTTY_PROTOCOL } from './frame.ts'
import {
  type AttachRequest,
  type Exit,
  FD,
  type Fd,
  type WebttyHello,
  type Opened,
  type OpenRequest,
  type ProcessInfo,
  type ProcessPage,
  type ServerFacts,
  type SignalRequest,
  SIGNALS,
} from './messages.ts'

const count = integer(0, Number.MAX_SAFE_INTEGER)
/** What a timer of 31 bits can wait. */
const ms = integer(0, 2 ** 31 - 1)
const side = integer(1, 65_535)
const pixels = integer(0, 65_535)

const argv: Reader<readonly string[]> = (value, path) => {
  const list = listOf(text(LIMITS.webttyArgvBytes), LIMITS.webttyArgvBytes)(value, path)
  if (!list[0]) throw wrong(path, 'names no program')
  if (bytesOf(list) > LIMITS.webttyArgvBytes) throw wrong(path, `is longer than ${LIMITS.webttyArgvBytes} bytes`)
  return list
}

const env: Reader<Readonly<Record<string, string>>> = (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'is not an object')
  const entries = Object.entries(value).map(([key, item]): [string, string] => [
    variable(key, path),
    text(LIMITS.webttyEnvBytes)(item, `${path}.${key.slice(0, 64)}`),
  ])
  if (bytesOf(entries.flat()) > LIMITS.webttyEnvBytes)
    throw wrong(path, `is longer than ${LIMITS.webttyEnvBytes} bytes`)
  return Object.fromEntries(entries)
}

const variable = (key: string, path: string): string => {
  if (key === '' || /[=\0]/.test(key)) throw wrong(path, 'has a variable without a proper name')
  return key
}

/** As the system counts them: with the NUL of each. */
const bytesOf = (texts: readonly string[]): number => texts.reduce((sum, item) => sum + UTF8.encode(item).length + 1, 0)

const tty = shape<NonNullable<OpenRequest['tty']>>({
  cols: side,
  rows: side,
  xPixels: optional(pixels),
  yPixels: optional(pixels),
  term: optional(word),
})

const facts = shape<ServerFacts>({
  name: word,
  os: word,
  arch: word,
  hostname: word,
  user: word,
  e2e: flag,
  execPath: path4k,
  fsPath: optional(path4k),
  fsMode: optional(oneOf(['read-only', 'read-write'])),
  expose: optional(flag),
  program: optional(listOf(path4k, 16)),
})

const hello = shape<WebttyHello>({
  protocol: literal(WEBTTY_PROTOCOL),
  features: listOf(word, 64),
  server: optional(facts),
  client: optional(word),
})

const openShape = shape<OpenRequest>({
  kind: oneOf(['pty', 'exec']),
  processId: optional(id),
  argv: optional(argv),
  shell: optional(text(LIMITS.webttyArgvBytes)),
  cwd: optional(path4k),
  env: optional(env),
  envPolicy: optional(oneOf(['core', 'all', 'none'])),
  tty: optional(tty),
  stdin: optional(oneOf(['none', 'pipe'])),
  timeoutMs: optional(ms),
  killGraceMs: optional(ms),
  maxOutputBytes: optional(ms),
  detach: optional(flag),
  linger: optional(flag),
  label: optional(word),
})

const open: Reader<OpenRequest> = (value, path) => {
  const request = openShape(value, path)
  if (request.argv && request.shell !== undefined) throw wrong(path, 'has both argv and shell')
  if (request.kind === 'exec' && !request.argv && request.shell === undefined) throw wrong(path, 'names no command')
  return request
}

const opened = shape<Opened>({
  sessionId: word,
  processId: id,
  pid: count,
  resumeToken: word,
  watching: optional(flag),
  answered: optional(count),
})

const offsets: Reader<AttachRequest['offsets']> = (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'is not an object')
  const entries = Object.entries(value).map(([fd, offset]) => [
    outputFd(Number(fd), path),
    count(offset, `${path}.${fd}`),
  ])
  return Object.fromEntries(entries) as AttachRequest['offsets']
}

const outputFd = (fd: number, path: string): Fd => {
  if (fd === FD.stdout || fd === FD.stderr || fd === FD.pty) return fd
  throw wrong(path, 'names no output')
}

const attach = shape<AttachRequest>({ processId: id, resumeToken: optional(word), offsets })

const signal = shape<SignalRequest>({ name: oneOf(SIGNALS), target: oneOf(['group', 'leader', 'foreground']) })

const orNull =
  <T>(reader: Reader<T>): Reader<T | null> =>
  (value, path) =>
    value === undefined || value === null ? null : reader(value, path)

const exit = shape<Exit>({
  exitCode: orNull(integer(0, 2 ** 32 - 1)),
  signal: orNull(word),
  timedOut: flag,
  killedBy: orNull(word),
  stdoutBytes: count,
  stderrBytes: count,
  durationMs: integer(0, Number.MAX_SAFE_INTEGER),
  startedAtMs: count,
  pipesHeldBy: listOf(count, 1024),
})

const info = shape<ProcessInfo>({
  processId: id,
  sessionId: word,
  kind: oneOf(['pty', 'exec']),
  argv: listOf(path4k, 1024),
  cwd: path4k,
  pid: count,
  state: oneOf(['running', 'exited', 'killed', 'timed_out', 'lost', 'spawn_failed']),
  label: optional(word),
  detached: flag,
  startedAtMs: count,
  exit: optional(exit),
})

const processes = shape<ProcessPage>({ processes: listOf(info, 1024), last: flag })

/** A reader for each frame whose body is JSON. */
export const JSON_BODIES = { hello, open, opened, attach, signal, exit, processes, reset, ask, answer } as const

const DECODER = new TextDecoder('utf-8', { fatal: true })

/** Reads a JSON body by one of {@link JSON_BODIES}. Throws PROTOCOL_ERROR. */
export const readJson = <T>(body: Uint8Array, reader: Reader<T>, name: string): T => reader(parsed(body, name), name)

const parsed = (body: Uint8Array, name: string): unknown => {
  try {
    return JSON.parse(DECODER.decode(body)) as unknown
  } catch {
    throw wrong(name, 'is not JSON in UTF-8')
  }
}

/** A JSON body as bytes. */
export const jsonBytes = (value: unknown): Uint8Array => UTF8.encode(JSON.stringify(value))
