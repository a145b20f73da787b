/** Proves the life of a tunnel by processes of the built command line: refused, online, served, replaced, gone. */
import {
  eventually,
  openHttpService,
  openHome,
  type Service,
  startUp,
  unusedPort,
  type Up,
  verifies,
  visit,
} from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** What the owner of a name that is not there any more looks like to visitors. */
const GONE = 404

describe('forward lifecycle', () => {
  let up: Up
  let service: Service

  beforeAll(async () => {
    up = await startUp()
    service = await openHttpService((request, response) => response.end(`hello ${request.url}`))
  })
  afterAll(async () => {
    await up?.close()
    await service?.close()
  })

  const gone = (name: string, ms?: number): Promise<boolean> =>
    eventually(
      `the end of ${name}`,
      async () => ((await visit({ to: up.host(name) })).status === GONE ? true : undefined),
      ms,
    )
  const names = async (): Promise<readonly string[]> => {
    const { stdout } = await up.run(['tunnel', 'list', '-o', 'json'])
    return (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)
  }

  it('tells a visitor of an unknown name that nothing is published there, with the id that the log holds', async () => {
    const { status, body, headers } = await visit({ to: up.host('nobody'), headers: { accept: 'application/json' } })
    const { error, requestId } = JSON.parse(body) as { error: { code: string }; requestId: string }
    expect({ status, code: error.code, same: headers['x-request-id'] === requestId }).toEqual({
      status: 404,
      code: 'TUNNEL_UNKNOWN',
      same: true,
    })
    await up.server.complains(new RegExp(requestId))
  })

  it('answers 502 with a request id while the service is down, and serves when it comes back', async () => {
    verifies('tunnel.forward.target')
    const port = await unusedPort()
    const { program } = await up.online(String(port), '--name', 'down')
    const { status, headers, body } = await visit({ to: up.host('down'), headers: { accept: 'text/html' } })
    expect({ status, type: headers['content-type'] }).toEqual({ status: 502, type: 'text/html; charset=utf-8' })
    expect(body).toContain(headers['x-request-id'])
    expect(body).toContain('UPSTREAM_REFUSED')
    await up.server.complains(new RegExp(String(headers['x-request-id'])))
    expect(program.lines.at(-1)).toMatchObject({ status: 'online' })
    await using _late = await openHttpService((_request, response) => response.end('here again'), { port })
    expect(await visit({ to: up.host('down') })).toMatchObject({ status: 200, body: 'here again' })
    await program.stop()
  })

  it('prints connecting, then online with id, URL, name and labels, and the URL works by then', async () => {
    verifies('tunnel.forward.http', 'tunnel.forward.json', 'tunnel.forward.labels')
    // A port alone may be written with its colon, and a label without a value.
    const labels = ['purpose=review', 'team=a', 'draft='].flatMap((label) => ['--label', label])
    const program = up.forward(`:${service.port}`, '--name', 'web', ...labels)
    const line = await program.status('online')
    expect(await visit({ to: String(line['url']), path: '/first' })).toMatchObject({
      status: 200,
      body: 'hello /first',
    })
    expect(program.lines.map(({ status }) => status)).toEqual(['connecting', 'online'])
    expect(line).toMatchObject({
      tunnelId: expect.stringMatching(/^tun_/),
      url: `http://${up.host('web')}`,
      name: 'web',
      labels: { purpose: 'review', team: 'a', draft: '' },
      target: `localhost:${service.port}`,
    })
    const filter = 'labels.purpose=review,labels.draft=*'
    const { stdout } = await up.run(['tunnel', 'list', '--filter', filter, '-o', 'json'])
    expect(JSON.parse(stdout)).toMatchObject([{ id: line['tunnelId'], name: 'web', status: 'online' }])
    await program.stop()
  })

  it('keeps standard output to JSON lines and logs to standard error', async () => {
    verifies('tunnel.forward.json', 'obs.logs')
    const { program } = await up.online(String(service.port), '--name', 'lines')
    await program.stop()
    for (const line of program.stdout().trim().split('\n')) expect(JSON.parse(line)).toBeTypeOf('object')
    for (const line of up.server.stderr().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level')
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('removes the tunnel at once at %s, and that is success', async (signal) => {
    verifies('tunnel.forward.lifetime')
    const { program } = await up.online(String(service.port), '--name', 'brief')
    program.kill(signal)
    expect(await program.ended()).toMatchObject({ status: 0 })
    expect((await visit({ to: up.host('brief') })).status).toBe(GONE)
    expect(await names()).not.toContain('brief')
  })

  it('removes the tunnel within 10 s of kill -9', async () => {
    verifies('tunnel.forward.lifetime')
    const { program } = await up.online(String(service.port), '--name', 'killed')
    program.kill('SIGKILL')
    await program.ended()
    await gone('killed', 10_000)
    expect(await names()).not.toContain('killed')
  })

  it('gives the same name the same address after a restart of the process', async () => {
    verifies('tunnel.name.stable')
    const first = await up.online(String(service.port), '--name', 'stable')
    await first.program.stop()
    const second = await up.online(String(service.port), '--name', 'stable')
    expect(second.url).toBe(first.url)
    expect(second.line['tunnelId']).not.toBe(first.line['tunnelId'])
    expect((await visit({ to: second.url })).status).toBe(200)
    await second.program.stop()
  })

  it('lets a second agent with the same credential take the name over, and tells the first', async () => {
    verifies('tunnel.takeover')
    const first = await up.online(String(service.port), '--name', 'moving')
    await using other = await openHttpService((_request, response) => response.end('the second'))
    const second = await up.online(String(other.port), '--name', 'moving')
    expect(await visit({ to: up.host('moving') })).toMatchObject({ status: 200, body: 'the second' })
    const { status, stderr } = await first.program.ended()
    expect({ status, told: stderr.includes('"code":"TUNNEL_REPLACED"') }).toEqual({ status: 5, told: true })
    expect(second.program.lines.at(-1)).toMatchObject({ status: 'online' })
    await second.program.stop()
  })

  it('ends the tunnel that is cut from the command line, and tells its owner why', async () => {
    verifies('engine.cut')
    const { program } = await up.online(String(service.port), '--name', 'loud')
    const cut = await up.run(['tunnel', 'cut', 'loud', '--reason', 'too \u001b[31mloud', '-o', 'json'])
    expect({ status: cut.status, stderr: cut.stderr }).toEqual({ status: 0, stderr: '' })
    const { status, stderr } = await program.ended()
    const { error } = JSON.parse(stderr.trim().split('\n').at(-1) as string) as { error: Record<string, string> }
    expect({ status, code: error['code'] }).toEqual({ status: 5, code: 'TUNNEL_CUT' })
    expect(error['message']).toMatch(/loud/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is there is the point
    expect(program.stdout() + stderr).not.toMatch(/\u001b/)
    expect((await visit({ to: up.host('loud') })).status).toBe(GONE)
  })

  it('ends a client that is cut from the command line, and tells its owner why', async () => {
    verifies('engine.cut', 'engine.clients')
    const { program, line } = await up.online(String(service.port), '--name', 'quiet')
    const list = await up.run(['client', 'list', '-o', 'json'])
    const clients = JSON.parse(list.stdout) as { id: string; tunnels: string[] }[]
    const client = clients.find(({ tunnels }) => tunnels.includes(String(line['tunnelId'])))
    const cut = await up.run(['client', 'cut', String(client?.id), '--reason', 'maintenance'])
    expect(cut.status).toBe(0)
    const { status, stderr } = await program.ended()
    expect({ status, told: /"code":"CLIENT_CUT".*maintenance/.test(stderr) }).toEqual({ status: 5, told: true })
  })

  it('keeps its credential where only the user can read it', async () => {
    verifies('run.up')
    const { statSync } = await import('node:fs')
    const mode = (path: string): number => statSync(`${up.folder.path}/${path}`).mode & 0o777
    expect(mode('contexts.json')).toBe(0o600)
    expect(mode('data') & 0o077).toBe(0)
    const { token } = up.context()
    const { stdout, stderr } = await up.run(['context', 'show', '-o', 'json'])
    expect((stdout + stderr + up.server.stdout() + up.server.stderr()).includes(token)).toBe(false)
  })

  it('is not found by a user without a context', async () => {
    await using stranger = openHome()
    const { status, stderr } = await stranger.run(['forward', '3000', '-o', 'json'])
    expect({ status, code: stderr.includes('"code":"CONTEXT_MISSING"') }).toEqual({ status: 3, code: true })
  })
})
