/** Proves `towline up` on PostgreSQL: it starts, serves, comes back, and tells what is wrong without the password. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ERRORS, type ErrorCode } from '@towline/protocol'
import { type Env, openHome, openHttpService, visit } from '@towline/testkit'
import { openPostgres, type PostgresServer } from '@towline/testkit/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let database: PostgresServer
beforeAll(async () => {
  database = await openPostgres()
})
afterAll(() => database?.stop())

const UP = ['up', '--listen', '127.0.0.1:0', '-o', 'json']
const on = (url: string): Env => ({ TOWLINE_DATABASE_URL: url })

describe('up on PostgreSQL', () => {
  it('refuses what is no database, one that is not there and a second server, and shows no password', async () => {
    await using home = openHome()
    const url = await database.schema()
    const first = home.start(UP, on(url))
    await first.status('ready')
    await using other = openHome()
    const refused: [string, ErrorCode][] = [
      ['mysql://me:secret-word@localhost/x', 'CONFIG_INVALID'],
      ['secret-word', 'CONFIG_INVALID'],
      ['postgres://me:secret-word@127.0.0.1:1/x', 'DATABASE_UNREACHABLE'],
      [url.replace('towline@', 'towline:secret-word@'), 'ALREADY_RUNNING'],
    ]
    for (const [wrong, code] of refused) {
      const { status, stdout, stderr } = await other.run(UP, { env: on(wrong) })
      const { error } = JSON.parse(stderr.trim().split('\n').at(-1) as string) as { error: { code: string } }
      expect([error.code, status, stdout], wrong).toEqual([code, ERRORS[code].exit, ''])
      expect(stderr).not.toContain('secret-word')
    }
  })

  it('serves, keeps its credentials through kill -9 and a restart of the database, and no store in the folder', async () => {
    await using home = openHome()
    const url = await database.schema()
    const first = home.start(UP, on(url))
    await first.status('ready')
    expect(readdirSync(join(home.folder.path, 'data'))).not.toContain('control')
    const { token } = home.context()
    first.kill('SIGKILL')
    await first.ended()
    const again = home.start(UP, on(url))
    await again.status('ready')
    expect(home.context().token).toBe(token)
    await using service = await openHttpService((_, answer) => answer.end('served'))
    const tunnel = home.start(['forward', String(service.port), '--name', 'web', '-o', 'json'])
    const { url: address } = await tunnel.status('online')
    await database.crash()
    expect((await visit({ to: String(address) })).body, 'a tunnel needs no database').toBe('served')
    const mint = await home.run(['token', 'create', '--permission', 'tunnels.list', '--ttl', '60s', '-o', 'json'])
    expect([mint.status, mint.stderr]).toEqual([6, expect.stringContaining('AUTHORITY_UNAVAILABLE')])
    await database.start()
    expect((await home.run(['token', 'create', '--permission', 'tunnels.list', '--ttl', '60s'])).status).toBe(0)
    again.kill('SIGTERM')
    expect((await again.ended()).status).toBe(0)
  })
})
