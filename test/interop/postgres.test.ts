/** Judges `dial` and TCP tunnels by PostgreSQL's own clients: many connections, bulk copies, notices and the cancelling of queries. */
import { chownSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { account, folder, freePort, launch, program, type Running, run, succeed } from './processes.ts'
import { openTowline, type Towline } from './towline.ts'

describe('interop postgresql', () => {
  const psql = program('psql', 'postgresql')
  const pgbench = program('pgbench', 'postgresql', debianFolders())
  const temp = folder('postgres')
  let server: Running
  let towline: Towline
  /** The port of this machine that leads to the server, by the way it takes. */
  const ports = { dial: 0, tcp: 0 }
  const ways = ['dial', 'tcp'] as const

  const env = (way: 'dial' | 'tcp'): Record<string, string> => ({
    PGHOST: '127.0.0.1',
    PGPORT: String(ports[way]),
    PGUSER: 'towline',
    PGDATABASE: 'postgres',
    PGCONNECT_TIMEOUT: '20',
    PGPASSFILE: join(temp.path, 'none'),
  })
  const ask = (way: 'dial' | 'tcp', sql: string, input = ''): Promise<string> =>
    succeed([psql, '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', sql], { env: env(way), input })

  beforeAll(async () => {
    const started = await startPostgres(temp.path)
    server = started.server
    towline = await openTowline()
    const target = `127.0.0.1:${started.port}`
    await towline.forward(target, '--no-publish', '--name', 'db')
    ports.dial = (await towline.dial('tow://db')).port
    ports.tcp = Number(new URL((await towline.forward(target, '--tcp', '--name', 'db-tcp')).url).port)
    await succeed([pgbench, '-i', '-q', '-s', '2'], { env: env('dial') })
  })
  afterAll(async () => {
    await towline?.close()
    await server?.stop()
    temp.remove()
  })

  it.each(ways)('copies a table in and out by %s unchanged', async (way) => {
    verifies('private.dial', 'tunnel.tcp')
    const rows = Array.from({ length: 200_000 }, (_, at) => `${at}\t${'towline '.repeat(at % 8)}\n`).join('')
    await ask(way, `drop table if exists ${way}; create table ${way} (id int primary key, word text)`)
    await ask(way, `copy ${way} from stdin`, rows)
    expect((await ask(way, `copy (select * from ${way} order by id) to stdout`)) === rows).toBe(true)
  })

  it.each(ways)('runs pgbench by %s without a failed transaction', async (way) => {
    verifies('private.dial', 'tunnel.tcp')
    const told = await succeed([pgbench, '-n', '-c', '8', '-j', '2', '-t', '100'], { env: env(way) })
    expect(told).toContain('number of transactions actually processed: 800/800')
    expect(told).toContain('number of failed transactions: 0 (0.000%)')
  })

  it.each(ways)('runs pgbench by %s with a new connection for each transaction', async (way) => {
    verifies('private.dial', 'tunnel.tcp')
    const told = await succeed([pgbench, '-n', '-C', '-S', '-c', '4', '-t', '50'], { env: env(way) })
    expect(told).toContain('number of transactions actually processed: 200/200')
  })

  it.each(ways)('cancels a query by %s, which takes a connection of its own', async (way) => {
    verifies('private.dial', 'tunnel.tcp')
    const query = launch([psql, '-X', '-c', 'select pg_sleep(100)'], { env: env(way) })
    await until(way, "select count(*) from pg_stat_activity where query = 'select pg_sleep(100)' and state = 'active'")
    process.kill(query.pid, 'SIGINT')
    await query.said(/canceling statement due to user request/)
    await query.stop()
  })

  it.each(ways)('hears by %s that the server ended the session', async (way) => {
    verifies('private.dial', 'tunnel.tcp')
    const ended = await run([psql, '-X', '-c', 'select pg_terminate_backend(pg_backend_pid())'], { env: env(way) })
    expect(ended.status).toBe(2)
    expect(ended.stderr).toContain('terminating connection due to administrator command')
  })

  /** Asks until the answer is 1; each question takes a moment of its own. */
  const until = async (way: 'dial' | 'tcp', sql: string): Promise<void> => {
    for (let asked = 0; asked < 300; asked++) if ((await ask(way, sql)).trim() === '1') return
    throw new Error(`${sql}: it is not so yet`)
  }
})

/** Where Debian keeps the programs of the server. */
function debianFolders(): readonly string[] {
  const parent = '/usr/lib/postgresql'
  try {
    return readdirSync(parent).map((version) => join(parent, version, 'bin'))
  } catch {
    return []
  }
}

const startPostgres = async (path: string): Promise<{ readonly server: Running; readonly port: number }> => {
  const user = account('postgres', 'nobody')
  if (user) chownSync(path, user.uid, user.gid)
  const find = (name: string): string => program(name, 'postgresql', debianFolders())
  const data = join(path, 'data')
  const options = { cwd: path, user, env: { LC_ALL: 'C.UTF-8' } }
  await succeed([find('initdb'), '-D', data, '-U', 'towline', '-A', 'trust', '--no-sync', '-E', 'UTF8'], options)
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=50']
  const argv = [find('postgres'), '-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
  const server = launch(argv, options)
  await server.said(/database system is ready to accept connections/)
  return { server, port }
}
