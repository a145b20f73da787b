/** Judges TURN credentials by coturn: it lets in who has them, and nobody who made them longer, or made up others. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { folder, freePort, launch, program, type Running, run } from './processes.ts'
import { contextOf, openTowline, type Towline } from './towline.ts'

const SECRET = 'a secret of both servers'
const REALM = 'turn.example.test'

interface Credentials {
  readonly username: string
  readonly credential: string
  readonly urls: readonly string[]
  readonly ttlSeconds: number
}

describe('interop coturn', () => {
  const server = program('turnserver', 'coturn')
  const client = program('turnutils_uclient', 'coturn')
  const temp = folder('turn')
  let coturn: Running
  let towline: Towline
  let port: number
  beforeAll(async () => {
    port = await freePort()
    const config = join(temp.path, 'towline.json')
    writeFileSync(join(temp.path, 'turn-secret'), SECRET, { mode: 0o600 })
    const turn = { urls: [`turn:127.0.0.1:${port}?transport=udp`], secret: { file: 'turn-secret' } }
    writeFileSync(config, JSON.stringify({ turn }))
    const settings = [
      ...['use-auth-secret', `static-auth-secret=${SECRET}`, `realm=${REALM}`, 'allow-loopback-peers', 'no-cli'],
      ...[`listening-port=${port}`, 'listening-ip=127.0.0.1', 'relay-ip=127.0.0.1', 'no-tls', 'no-dtls'],
      ...[`userdb=${join(temp.path, 'users')}`, `pidfile=${join(temp.path, 'pid')}`, 'log-file=stdout', 'verbose'],
    ]
    writeFileSync(join(temp.path, 'turnserver.conf'), `${settings.join('\n')}\n`, { mode: 0o600 })
    coturn = launch([server, '-c', join(temp.path, 'turnserver.conf')])
    ;[towline] = await Promise.all([
      openTowline('--config', config),
      coturn.said(/listener opened on *: *127\.0\.0\.1/i),
    ])
  })
  afterAll(async () => {
    await towline?.close()
    await coturn?.stop()
    temp.remove()
  })

  const issue = async (ttlSeconds: number): Promise<Credentials> => {
    const { token } = contextOf(towline)
    const answer = await fetch(`${towline.siteUrl}/api/turn/credentials`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ projectId: 'dev', ttlSeconds }),
    })
    return (await answer.json()) as Credentials
  }
  /** Allocates a relay and sends one message to itself through it; whether that worked. */
  const relays = async (username: string, credential: string): Promise<boolean> => {
    const who = ['-u', username, '-w', credential]
    const { status, stdout } = await run([client, ...who, '-y', '-n', '1', '-m', '1', '-p', `${port}`, '127.0.0.1'])
    return status === 0 && /tot_recv_bytes ~ [1-9]/.test(stdout)
  }

  it('relays for who has credentials of a project', async () => {
    verifies('api.turn')
    const { username, credential, urls, ttlSeconds } = await issue(600)
    expect([urls, ttlSeconds]).toEqual([[`turn:127.0.0.1:${port}?transport=udp`], 600])
    expect(await relays(username, credential)).toBe(true)
  })

  it('turns away who stretches their time, changes their project, or has other ones', async () => {
    verifies('api.turn')
    const { username, credential } = await issue(60)
    const [until, project] = username.split(':') as [string, string]
    expect(await relays(`${Number(until) + 3600}:${project}`, credential)).toBe(false)
    expect(await relays(`${until}:prj_other`, credential)).toBe(false)
    expect(await relays(username, credential.toUpperCase())).toBe(false)
    expect(await relays(username, credential)).toBe(true)
  })
})
