/** Proves that docs/protocol is enough to write a peer from: one in Python hosts and dials through the real engine and store. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openSystem, type System, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const PEER = fileURLToPath(new URL('../../docs/protocol/examples/peer.py', import.meta.url))
const hasPython = spawnSync('python3', ['--version']).status === 0

interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

describe.skipIf(!hasPython)('protocol peer in python', () => {
  let system: System
  let host: ReturnType<typeof spawn>
  let hostErrors = ''

  const peer = (words: readonly string[], secret = system.token) => {
    const env = { ...process.env, TOWLINE_TOKEN: secret }
    return spawn('python3', [PEER, `127.0.0.1:${system.port}`, ...words], { env, stdio: 'pipe' })
  }
  const run = async (words: readonly string[], input = '', secret = system.token): Promise<Ran> => {
    const child = peer(words, secret)
    const parts = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (parts.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (parts.stderr += text))
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    const [status] = (await once(child, 'close')) as [number | null]
    return { status, ...parts }
  }

  beforeAll(async () => {
    system = await openSystem()
    host = peer(['host', 'shout'])
    host.stderr?.on('data', (text) => (hostErrors += String(text)))
    const [line] = (await once(host.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
    expect(JSON.parse(String(line))).toEqual({ status: 'online', url: 'tow://shout' })
  })
  afterAll(async () => {
    host?.kill('SIGKILL')
    await system?.close()
  })

  it('is refused with a credential that is not good', async () => {
    const refused = await run(['dial', 'shout'], '', `tow_${'0'.repeat(22)}_${'0'.repeat(43)}`)
    expect(refused).toEqual({
      status: 1,
      stdout: '',
      stderr: 'The credential is missing, unknown, expired or revoked.\n',
    })
  })

  it('hears tunnelUnknown for a tunnel that is not there', async () => {
    expect(await run(['dial', 'nobody'], 'x')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'the stream was reset with code 4\n',
    })
  })

  it('hosts and dials a private tunnel, one short exchange', async () => {
    verifies('link.spec', 'private.dial')
    expect(await run(['dial', 'shout'], 'hello\n')).toEqual({ status: 0, stdout: 'HELLO\n', stderr: '' })
  })

  it('carries more than any window both ways, on several streams at once', async () => {
    verifies('link.spec', 'link.mux')
    const inputs = ['a', 'b', 'c'].map((letter) => `${letter}${'0123456789'.repeat(7)}\n`.repeat(30_000))
    const answers = await Promise.all(inputs.map((input) => run(['dial', 'shout'], input)))
    expect(answers.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
      inputs.map(() => ({ status: 0, stderr: '' })),
    )
    expect(answers.map(({ stdout }, at) => stdout === inputs[at]?.toUpperCase())).toEqual([true, true, true])
  })

  it('leaves the tunnel at once when it is cut by revocation', async () => {
    expect({ exited: host.exitCode, hostErrors }).toEqual({ exited: null, hostErrors: '' })
    const closed = once(host, 'close')
    const { credentialId } = await system.control.authority.verify(system.token)
    await system.control.revoke(credentialId)
    expect((await closed)[0]).toBe(1)
    expect(hostErrors).toBe('The credential is missing, unknown, expired or revoked.\n')
  })
})
