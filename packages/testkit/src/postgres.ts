/** Owns a PostgreSQL server for tests, from Debian's package, on a free port in a folder of its own. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { tempFolder } from './temp-folder.ts'
import { eventually, within } from './within.ts'

export interface PostgresServer extends AsyncDisposable {
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
export const postgresPrograms = (): string | undefined => {
  if (!existsSync(DEBIAN)) return undefined
  const newest = readdirSync(DEBIAN).toSorted((one, other) => Number(other) - Number(one))
  return newest.map((version) => join(DEBIAN, version, 'bin')).find((folder) => existsSync(join(folder, 'initdb')))
}

/** Throws when PostgreSQL is not installed. */
export const openPostgres = async (): Promise<PostgresServer> => {
  const programs = postgresPrograms()
  if (!programs) throw new Error('PostgreSQL is not on this machine; scripts/setup-debian.sh installs it')
  const folder = tempFolder('postgres')
  const user = account()
  if (user) chownSync(folder.path, user.uid, user.gid)
  const data = join(folder.path, 'data')
  const port = await freePort()
  const options = { cwd: folder.path, env: { ...process.env, LC_ALL: 'C.UTF-8' }, ...user }
  await run(join(programs, 'initdb'), ['-D', data, '-U', 'towline', '-A', 'trust', '--no-sync', '-E', 'UTF8'], options)
  const base = `postgres://towline@127.0.0.1:${port}/postgres`
  let child: ChildProcess | undefined
  let schemas = 0

  /** The log of the server goes to standard error; that it is ready is told there. */
  const start = async (): Promise<void> => {
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=100']
    const argv = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
    const one = spawn(join(programs, 'postgres'), argv, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
    child = one
    running.add(one)
    one.once('exit', () => running.delete(one))
    let output = ''
    const ready = new Promise<void>((resolve, reject) => {
      one.stderr?.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-64 * 1024)
        if (READY.test(output)) resolve()
      })
      one.once('exit', () => reject(new Error(`PostgreSQL ended before it was ready\n${output}`)))
    })
    await within('the start of PostgreSQL', ready, START_MS)
  }

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const one = child
    if (one === undefined || one.exitCode !== null || one.signalCode !== null) return
    const workers = childrenOf(one.pid as number)
    one.kill(signal)
    await within('the end of PostgreSQL', once(one, 'exit'), START_MS)
    await eventually('the end of what PostgreSQL started', () => (workers.some(lives) ? undefined : true), START_MS)
  }

  const sql = async (text: string): Promise<string> => {
    const argv = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', base, '-c', text]
    return (await run(join(programs, 'psql'), argv)).stdout.trim()
  }

  const stop = async (): Promise<void> => {
    await end('SIGQUIT')
    folder.remove()
  }

  await start()
  return {
    async schema() {
      const name = `s${++schemas}`
      await sql(`create schema ${name}`)
      return `${base}?options=${encodeURIComponent(`-c search_path=${name}`)}`
    },
    sql,
    pid: () => child?.pid as number,
    crash: () => end('SIGKILL'),
    shutDown: () => end('SIGINT'),
    start,
    stop,
    [Symbol.asyncDispose]: stop,
  }
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
