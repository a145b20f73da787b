/** Owns a PostgreSQL server for tests, from Debian's package, on a free port in a folder of its own. */
import { type ChildProcess, execFile, execFileSync, spawn, type SpawnOptions } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { tempFolder } from './temp-folder.ts'
import { eventually, within } from './within.ts'

export interface PostgresServer extends AsyncDisposable {
  readonly url: string
  /** The URL of an empty schema of its own. */
  schema(): Promise<string>
  /** Runs SQL as the superuser. Answers rows of text, columns parted by `|`. */
  sql(text: string): Promise<string>
  /** The process of the server that listens. */
  pid(): number
  /** SIGKILL to that process, and waits until all that it started has gone. */
  crash(): Promise<void>
  /** SIGINT: ends all connections and stops. */
  shutDown(): Promise<void>
  /** Starts it again after one of the two. */
  start(): Promise<void>
  stop(): Promise<void>
}

const DEBIAN = '/usr/lib/postgresql'
const READY = /database system is ready to accept connections/
/** A start after a crash reads its log again. */
const START_MS = 60_000
const run = promisify(execFile)

/** What still runs when the tests end is killed. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Where the newest installed server has its programs; undefined when there is none (Debian: postgresql). */
const postgresPrograms = (): string | undefined => {
  if (!existsSync(DEBIAN)) return undefined
  const newest = readdirSync(DEBIAN).toSorted((one, other) => Number(other) - Number(one))
  return newest.map((version) => join(DEBIAN, version, 'bin')).find((folder) => existsSync(join(folder, 'initdb')))
}

/** Throws when PostgreSQL is not installed. */
export const openPostgres = async (): Promise<PostgresServer> => {
  const { folder, programs, options } = await makeData()
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=100']
  const argv = [join(programs, 'postgres'), '-D', join(folder.path, 'data'), '-p', String(port)].concat(
    settings.flatMap((setting) => ['-c', setting]),
  )
  const base = `postgres://towline@127.0.0.1:${port}/postgres`
  let child = await launch(argv, options)
  let schemas = 0

  const sql = async (text: string): Promise<string> => {
    const told = await run(join(programs, 'psql'), [
      '-X',
      '-q',
      '-A',
      '-t',
      '-v',
      'ON_ERROR_STOP=1',
      '-d',
      base,
      '-c',
      text,
    ])
    return told.stdout.trim()
  }
  const stop = async (): Promise<void> => {
    await end(child, 'SIGQUIT')
    folder.remove()
  }
  return {
    url: base,
    async schema() {
      const name = `s${++schemas}`
      await sql(`create schema ${name}`)
      return inSchema(base, name)
    },
    sql,
    pid: () => child.pid as number,
    crash: () => end(child, 'SIGKILL'),
    shutDown: () => end(child, 'SIGINT'),
    async start() {
      child = await launch(argv, options)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** A URL whose connections see one schema only. */
export const inSchema = (url: string, name: string): string =>
  `${url}?options=${encodeURIComponent(`-c search_path=${name}`)}`

const makeData = async () => {
  const programs = postgresPrograms()
  if (!programs) throw new Error('PostgreSQL is not on this machine; scripts/setup-debian.sh installs it')
  const folder = tempFolder('postgres')
  const user = account()
  if (user) chownSync(folder.path, user.uid, user.gid)
  const options = { cwd: folder.path, env: { ...process.env, LC_ALL: 'C.UTF-8' }, ...user }
  const argv = ['-D', join(folder.path, 'data'), '-U', 'towline', '-A', 'trust', '--no-sync', '-E', 'UTF8']
  await run(join(programs, 'initdb'), argv, options)
  return { folder, programs, options }
}

/** Its log goes to standard error, and that it is ready is told there. */
const launch = async ([file, ...args]: readonly string[], options: SpawnOptions): Promise<ChildProcess> => {
  const child = spawn(file as string, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let output = ''
  const ready = new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-64 * 1024)
      if (READY.test(output)) resolve()
    })
    child.once('exit', () => reject(new Error(`PostgreSQL ended before it was ready\n${output}`)))
  })
  await within('the start of PostgreSQL', ready, START_MS)
  return child
}

/** Waits for its processes too: a new server refuses to start beside them. */
const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const workers = childrenOf(child.pid as number)
  child.kill(signal)
  await within('the end of PostgreSQL', once(child, 'exit'), START_MS)
  await eventually('the end of what PostgreSQL started', () => (workers.some(lives) ? undefined : true), START_MS)
}

/** PostgreSQL does not run as root. */
const account = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** A port nobody listens on now, below those that the system gives to clients; PostgreSQL takes none by itself. */
const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const server = createServer()
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (free) return port
  }
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

const lives = (pid: number): boolean => existsSync(`/proc/${pid}`)
