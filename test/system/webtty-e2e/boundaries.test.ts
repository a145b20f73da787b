/** Proves where a webtty server ends: who is let near it on its own machine, what its labels may say, what a look at the list tells. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acquaint, done, exec, type Pair, refusal, serve, startPair } from './pair.ts'

let pair: Pair
beforeAll(async () => {
  pair = await startPair()
  await serve(pair.machine, '--name', 'vault', '--identity', 'vault')
  await acquaint(pair)
})
afterAll(() => pair?.close())

const listen = async (...words: readonly string[]) => {
  const { server, online } = await serve(pair.machine, '--listen', ...words)
  return { server, url: String(online['url']), token: String(online['token'] ?? '') }
}

/** Asks as a browser would, to open a WebSocket or for the page. */
const ask = (url: string, headers: Readonly<Record<string, string>>): Promise<number> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { headers, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.on('upgrade', (_response, socket) => {
      socket.destroy()
      resolve(101)
    })
    asked.on('error', reject).end()
  })

const UPGRADE = {
  ...{ Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
  ...{ 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Protocol': 'webtty.v1' },
}

describe('webtty on a port of this machine', () => {
  it('is not for a page of another site, not even one whose name was led here, whatever it knows', async () => {
    verifies('webtty.server')
    const { url, token } = await listen('127.0.0.1:0')
    const { port, host } = new URL(url)
    const good = { ...UPGRADE, Authorization: `Bearer ${token}` }
    const evil = { Host: `evil.example:${port}`, Origin: `http://evil.example:${port}` }
    const statuses = await Promise.all([
      ask(url, good),
      ask(url, { ...good, Host: `localhost:${port}` }),
      ask(url, { ...good, Origin: `http://${host}` }),
      ask(url, UPGRADE),
      ask(url, { ...UPGRADE, Authorization: `Bearer ${token}x` }),
      ask(url, { ...good, Origin: 'https://evil.example' }),
      ask(url, { ...good, ...evil }),
      ask(url, { ...evil, Authorization: `Bearer ${token}` }),
      ask(url, {}),
    ])
    expect(statuses).toEqual([101, 101, 101, 401, 401, 403, 421, 421, 401])
  })

  it('is for who has its token', async () => {
    const { url, token } = await listen('127.0.0.1:0')
    const as = (TOWLINE_WEBTTY_TOKEN: string) =>
      pair.desk.run(['webtty', 'exec', '--url', url, '--', 'echo', 'hi'], { env: { TOWLINE_WEBTTY_TOKEN } })
    expect(await refusal(as('wrong'))).toMatchObject({ status: 255, code: 'UNAUTHENTICATED' })
    expect(await done(as(token))).toBe('hi\n')
  })
})

describe('webtty on a socket', () => {
  it('is for its user alone from the start, takes the place of one that was left, and of nothing else', async () => {
    verifies('webtty.server')
    const folder = join(pair.machine.folder.path, 'run')
    mkdirSync(folder)
    const path = join(folder, 'tty.sock')
    const { server, url } = await listen(`unix:${path}`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(await done(pair.desk.run(['webtty', 'exec', '--url', url, '--', 'echo', 'hi']))).toBe('hi\n')
    expect(await refusal(pair.machine.run(['webtty', 'server', '--listen', url]))).toMatchObject({
      code: 'PORT_IN_USE',
    })
    server.kill('SIGKILL')
    await server.ended()
    await listen(`unix:${path}`)
    writeFileSync(join(folder, 'file'), 'kept')
    const onFile = pair.machine.run(['webtty', 'server', '--listen', `unix:${join(folder, 'file')}`])
    expect(await refusal(onFile)).toMatchObject({ code: 'PORT_IN_USE' })
    expect(statSync(join(folder, 'file')).size).toBe(4)
  })
})

describe('webtty labels', () => {
  it('of people cannot say what the server itself tells', async () => {
    verifies('webtty.labels')
    for (const label of ['towline.webtty/fs-path=/x', 'towline.webtty/e2e=disabled', 'towline.webtty=v9']) {
      const started = pair.machine.run(['webtty', 'server', '--name', 'liar', '--label', label])
      expect(await refusal(started)).toEqual({ status: 2, code: 'LABEL_INVALID', stdout: '' })
    }
  })
})

describe('webtty for one who may only look', () => {
  it('shows labels and no key, and lets nobody in', async () => {
    verifies('webtty.list', 'e2e.fail-first')
    const { desk, up, keys } = pair
    const minted = await done(up.run(['token', 'create', '--permission', 'tunnels.list', '-o', 'json']))
    const env = { TOWLINE_TOKEN: (JSON.parse(minted) as { token: string }).token }
    const listed = await done(desk.run(['webtty', 'list', '-o', 'json'], { env }))
    expect(JSON.parse(listed)).toEqual([expect.objectContaining({ name: 'vault', e2e: true })])
    for (const secret of [keys.vault, keys.laptop, 'SHA256:', 'laptop']) expect(listed).not.toContain(secret)
    const refused = desk.run(['webtty', 'exec', '--url', 'tow://vault', '--', 'true'], { env })
    expect(await refusal(refused)).toMatchObject({ status: 255, code: 'FORBIDDEN', stdout: '' })
  })
})

describe('webtty server', () => {
  it('keeps its secrets from what it starts, and nothing a client says into its log', async () => {
    verifies('exec.env')
    const { machine, desk, up } = pair
    const { token } = up.context()
    const env = { TOWLINE_TOKEN: token, TOWLINE_URL: `http://127.0.0.1:${up.port}`, DB_PASSWORD: 'hunter2' }
    const server = machine.start(['webtty', 'server', '--name', 'plain', '-o', 'json'], env)
    await server.status('online')
    const seen = await done(desk.run(['webtty', 'exec', '--url', 'tow://plain', '--env-policy', 'all', '--', 'env']))
    for (const secret of [token, 'hunter2', 'TOWLINE_TOKEN', 'TOWLINE_URL']) expect(seen).not.toContain(secret)
    const injected = 'x\n{"level":60,"msg":"forged"}\u001b[31m'
    await done(exec(desk, 'plain', 'true', injected))
    await desk.run(['webtty', 'exec', '--url', 'tow://plain', '--title', injected, '-w', `/${injected}`, '--', 'true'])
    expect(server.stderr()).not.toContain('forged')
  })
})
