/** Proves private dialing by processes: standard input and output joined, a local port opened, and honest ends. */
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { AppError, attachLink } from '@towline/protocol'
import { LIMITS } from '@towline/protocol'
import { listenBytes } from '@towline/base'
import {
  openEcho,
  openHome,
  openSystem,
  openTcpService,
  openWire,
  type Service,
  startUp,
  type Up,
  verifies,
} from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const MiB = 1024 * 1024

describe('dial', () => {
  let up: Up
  let echo: Service
  beforeAll(async () => {
    ;[up, echo] = await Promise.all([startUp(), openEcho()])
    await up.online(String(echo.port), '--no-publish', '--name', 'echo')
  })
  afterAll(() => Promise.all([up?.close(), echo?.close()]))

  it('is refused with a token that has run out, and with one that was never good', async () => {
    verifies('private.authorize', 'cli.errors')
    const wrong = { TOWLINE_URL: up.url, TOWLINE_CA_FILE: `${up.folder.path}/data/ca.pem` }
    const minted = await up.run(['token', 'create', '--permission', 'tunnels.connect', '--ttl', '1s', '-o', 'json'])
    const { token, expiresAt } = JSON.parse(minted.stdout) as { token: string; expiresAt: number }
    await expect.poll(() => Date.now() / 1000 > expiresAt, { timeout: 60_000 }).toBe(true)
    for (const TOWLINE_TOKEN of [token, `tow_${'0'.repeat(22)}_${'0'.repeat(43)}`]) {
      const { status, stdout, stderr } = await up.run(['dial', 'tow://echo'], { env: { ...wrong, TOWLINE_TOKEN } })
      expect({ status, stdout, code: /error (\w+)/.exec(stderr)?.[1] }).toEqual({
        status: 4,
        stdout: '',
        code: 'UNAUTHENTICATED',
      })
    }
  })

  it('reaches and shows what the boundary of its token holds, and nothing else', async () => {
    verifies('token.resources')
    await up.online(String(echo.port), '--no-publish', '--name', 'other')
    const file = `${up.folder.path}/boundary.json`
    const scope = { name: 'echo' }
    await writeFile(file, JSON.stringify({ tunnels: { connect: scope, list: { ...scope, select: { name: true } } } }))
    const permissions = ['--permission', 'tunnels.connect,tunnels.list']
    const minted = await up.run(['token', 'create', ...permissions, '--resources', file, '-o', 'json'])
    const { token } = JSON.parse(minted.stdout) as { token: string }
    const env = { TOWLINE_URL: up.url, TOWLINE_CA_FILE: `${up.folder.path}/data/ca.pem`, TOWLINE_TOKEN: token }

    const other = await up.run(['dial', 'tow://other'], { env, input: 'x' })
    expect({ status: other.status, code: /error (\w+)/.exec(other.stderr)?.[1] }).toEqual({
      status: 3,
      code: 'TUNNEL_UNKNOWN',
    })
    expect((await up.run(['dial', 'tow://echo'], { env, input: 'x' })).stdout).toBe('x')
    expect(JSON.parse((await up.run(['tunnel', 'list', '-o', 'json'], { env })).stdout)).toEqual([{ name: 'echo' }])
    expect((await up.run(['tunnel', 'list'], { env })).stdout).toMatch(/^NAME .*\necho$/m)
  })

  it('ends with an error when the service is not there', async () => {
    await using gone = await openEcho()
    await gone.close()
    await using program = (await up.online(String(gone.port), '--no-publish', '--name', 'gone')).program
    const { status, stderr } = await up.run(['dial', 'tow://gone'], { input: 'x' })
    expect({ status, code: /error (\w+)/.exec(stderr)?.[1] }).toEqual({ status: 6, code: 'UPSTREAM_REFUSED' })
    await program.stop()
  })

  it('joins standard input and output byte for byte, and ends when the service does', async () => {
    verifies('private.dial', 'private.zero-rtt')
    const input = Buffer.alloc(3 * MiB, 'every byte counts\n')
    const { status, stdout, stderr } = await up.run(['dial', 'tow://echo'], { input })
    expect({ status, same: stdout === input.toString(), stderr }).toEqual({ status: 0, same: true, stderr: '' })
  })

  it('hears a service that speaks first, and one that ends before our input does', async () => {
    verifies('private.dial')
    await using service = await openTcpService((socket) => socket.end('220 hello\r\n'))
    await up.online(String(service.port), '--no-publish', '--name', 'speaks')
    const { status, stdout } = await up.run(['nc', 'tow://speaks'])
    expect({ status, stdout }).toEqual({ status: 0, stdout: '220 hello\r\n' })
  })

  it('opens a local port: each connection is one dial, and a taken port is refused', async () => {
    verifies('private.dial')
    const program = up.start(['dial', 'tow://echo', '--listen', '127.0.0.1:0'])
    const port = Number((await program.complains(/listening 127\.0\.0\.1:(\d+) /))[1])
    const wires = await Promise.all([openWire(port), openWire(port)])
    wires.forEach(({ socket }, index) => socket.end(`caller ${index}`))
    await Promise.all(wires.map((wire, index) => wire.until(new RegExp(`^caller ${index}$`))))
    expect(await Promise.all(wires.map((wire) => wire.over()))).toEqual(['end', 'end'])
    const again = await up.run(['dial', 'tow://echo', '--listen', `127.0.0.1:${port}`])
    expect({ status: again.status, code: /error (\w+)/.exec(again.stderr)?.[1] }).toEqual({
      status: 5,
      code: 'PORT_IN_USE',
    })
    program.kill('SIGTERM')
    expect((await program.ended()).status).toBe(0)
    await expect(new Promise((_, reject) => connect(port, '127.0.0.1').on('error', reject))).rejects.toThrow(
      'ECONNREFUSED',
    )
  })
})

describe('dial: an engine of another version', () => {
  it('ends with VERSION_SKEW and says what to upgrade', async () => {
    verifies('link.version', 'cli.errors')
    const server = await listenBytes({
      host: '127.0.0.1',
      port: 0,
      onConnection: (channel) => {
        const error = new AppError('VERSION_SKEW', { older: 'client', ours: '7', theirs: '1' })
        const mux = attachLink(channel, {
          role: 'engine',
          limits: LIMITS,
          onStream: (stream) => stream.reset(),
          onControl: () => {
            mux.send({ type: 'error', error: error.toJSON() })
            mux.close()
          },
          onClosed: () => {},
        })
      },
    })
    await using home = openHome()
    await using system = await openSystem()
    const env = { TOWLINE_URL: `http://127.0.0.1:${server.port}`, TOWLINE_TOKEN: system.token }
    const { status, stderr } = await home.run(['forward', '3000', '-o', 'json'], { env })
    const { error } = JSON.parse(stderr.trim().split('\n').at(-1) as string) as {
      error: { code: string; next: string }
    }
    expect({ status, ...error }).toMatchObject({ status: 6, code: 'VERSION_SKEW', next: 'Upgrade the client.' })
    await server.close()
  })
})
