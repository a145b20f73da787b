/** Proves the rows of the doctor that a healthy server never shows: clocks, versions, states and silence. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { doctor } from './doctor.ts'
import type { DoctorRow } from './report.ts'

let home: string
let server: Server
let answers: Record<
  string,
  { readonly status?: number; readonly body?: unknown; readonly headers?: Record<string, string> }
>

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'towline-doctor-'))
  answers = {
    '/api/health': {},
    '/api/status': { body: { status: 'ok', version: '1.2.3' } },
    '/api/engine/tunnels': { body: { tunnels: [] } },
  }
  server = createServer((request, response) => {
    const {
      status = 200,
      body = {},
      headers = {},
    } = answers[(request.url ?? '').split('?')[0] as string] ?? { status: 404 }
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await rm(home, { recursive: true, force: true })
})

const examine = async (version = '1.2.9'): Promise<Readonly<Record<string, DoctorRow>>> => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const env = { TOWLINE_HOME: home, TOWLINE_URL: url, TOWLINE_TOKEN: 'tow_crd_token' }
  const { signal } = new AbortController()
  const { rows } = await doctor({ env, flags: {}, agent: 'towline-test/0.0.0', version, deep: true, signal })
  return Object.fromEntries(rows.map((row) => [row.id, row]))
}

describe('doctor', () => {
  it('doctor: warns of clocks that differ, and says which way', async () => {
    verifies('cli.doctor')
    for (const [seconds, words] of [
      [600, 'behind'],
      [-600, 'ahead of'],
    ] as const) {
      answers['/api/health'] = { headers: { date: new Date(Date.now() + seconds * 1000).toUTCString() } }
      const { clock } = await examine()
      expect(clock).toMatchObject({
        status: 'warn',
        found: expect.stringContaining(words),
        next: expect.stringContaining('NTP'),
      })
    }
    answers['/api/health'] = {}
    expect((await examine())['clock']?.status).toBe('pass')
  })

  it('doctor: warns of another version and of a server that is not well, and passes one that tells neither', async () => {
    verifies('cli.doctor')
    expect((await examine())['server']).toMatchObject({ status: 'pass', found: 'version 1.2.3, status ok' })
    expect((await examine('1.3.0'))['server']).toMatchObject({ status: 'warn', next: 'Upgrade the older of the two.' })
    answers['/api/status'] = { status: 503, body: { status: 'down', version: '1.2.3' } }
    expect((await examine())['server']).toMatchObject({ status: 'warn', found: 'version 1.2.3, status down' })
    answers['/api/status'] = { status: 404 }
    expect((await examine())['server']?.status).toBe('pass')
  })

  it('doctor: names tunnels that are not online, and goes on without a link', async () => {
    answers['/api/engine/tunnels'] = {
      body: {
        tunnels: [
          { name: 'web', status: 'offline' },
          { name: 'db', status: 'online' },
        ],
      },
    }
    const rows = await examine()
    expect(rows['tunnels']).toMatchObject({ status: 'warn', found: '2 tunnels, 1 of them online; not web' })
    expect([rows['link']?.status, rows['round-trip']]).toEqual([
      'fail',
      { id: 'round-trip', status: 'skip', found: 'there is no link' },
    ])
  })

  it('doctor: skips what the credential may not see', async () => {
    answers['/api/engine/tunnels'] = {
      status: 403,
      body: { error: { code: 'FORBIDDEN', details: { permission: 'tunnels.list' } } },
    }
    const rows = await examine()
    expect([rows['token']?.status, rows['tunnels']?.status]).toEqual(['pass', 'skip'])
  })

  it('doctor: ends at once when it is told to', async () => {
    const flags = { env: { TOWLINE_HOME: home }, flags: {}, agent: 'a/0', version: '1.2.3', deep: false }
    await expect(doctor({ ...flags, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })
})
