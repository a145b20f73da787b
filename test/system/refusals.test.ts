/** Proves by processes that each wrong word gets its stable code, one sentence, a next step and an exit status, and makes nothing. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ERRORS, type ErrorCode } from '@towline/protocol'
import {
  type Ended,
  openHome,
  openHttpService,
  openTcpService,
  startUp,
  unusedPort,
  type Up,
  verifies,
} from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** What a command said of its failure, for programs. */
const refusal = ({ status, stdout, stderr }: Ended) => {
  const last = stderr.trim().split('\n').at(-1) ?? ''
  const { error } = JSON.parse(last) as { error: { code: ErrorCode; message: string; next: string } }
  return { status, stdout: stdout.replace(/^\{"status":"connecting".*\n/, ''), ...error }
}

const told = (code: ErrorCode) => ({
  code,
  status: ERRORS[code].exit,
  stdout: '',
  message: expect.stringMatching(/^\S.*[^{}]$/),
  next: expect.stringMatching(/^\S.*\.$/),
})

type Case = [ErrorCode, ...string[]]

/** Words of `towline forward` and the code they get. */
const FORWARD: Case[] = [
  ['USAGE'],
  ['USAGE', '3000', '--nam', 'web'],
  ['USAGE', '3000', '4000'],
  ['USAGE', '3000', '--tcp', '--tls'],
  ['USAGE', '3000', '--tls-mode', 'sideways'],
  ['TARGET_INVALID', 'nonsense'],
  ['TARGET_INVALID', '99999'],
  ['TARGET_INVALID', 'ftp://127.0.0.1:21'],
  ['TARGET_INVALID', 'http://user:secret@127.0.0.1:80'],
  ['NAME_INVALID', '3000', '--name', 'Web'],
  ['NAME_INVALID', '3000', '--name', 'a.b'],
  ['NAME_INVALID', '3000', '--name', 'x'.repeat(49)],
  ['NAME_RESERVED', '3000', '--name', 'api'],
  ['LABEL_INVALID', '3000', '--label', 'novalue'],
  ['LABEL_INVALID', '3000', '--label', 'k=a\u001b[2Jb'],
  ['OPTION_INVALID', '3000', '--tcp', '--port', '70000'],
  ['OPTION_INVALID', '3000', '--trusted-ips', 'everyone'],
  ['OPTION_INVALID', '3000', '--host-header', 'a b'],
  ['OPTION_INVALID', '3000', '--ca-file', '/nowhere.pem'],
  ['PORT_FORBIDDEN', '3000', '--tcp', '--port', '80'],
  ['EDGE_OPTION_UNSUPPORTED', '3000', '--tcp', '--token-auth'],
  ['EDGE_OPTION_UNSUPPORTED', '3000', '--tls', '--host-header', 'x.test'],
  ['EDGE_OPTION_UNSUPPORTED', '3000', '--no-publish', '--trusted-ips', '10.0.0.0/8'],
  ['CONTROL_SURFACE_OPEN', '3000', '--surface', 'app-server'],
  ['CONTEXT_MISSING', '3000', '--context', 'nobody'],
]

/** Other commands. */
const COMMANDS: Case[] = [
  ['USAGE', 'sing'],
  ['USAGE', 'tunnel', 'list', '--name', 'x'],
  ['FILTER_INVALID', 'tunnel', 'list', '--filter', 'colour=red'],
  ['FILTER_INVALID', 'tunnel', 'list', '--filter', 'kind=htp'],
  ['FILTER_INVALID', 'client', 'list', '--filter', 'status=offline'],
  ['FILTER_INVALID', 'tunnel', 'list', '--filter', '{"and":'],
  ['FILTER_INVALID', 'events', '--tunnel-filter', 'labels.=x'],
  ['NOT_FOUND', 'tunnel', 'cut', 'nobody'],
  ['NOT_FOUND', 'client', 'cut', 'cli_nobody'],
  ['TUNNEL_UNKNOWN', 'dial', 'tow://nobody'],
  ['TARGET_INVALID', 'dial', 'tow://db:5432'],
  ['NAME_INVALID', 'dial', 'tow://No'],
  ['OPTION_INVALID', 'dial', 'tow://db', '--listen', 'everywhere'],
  ['OPTION_INVALID', 'token', 'create', '--permission', 'everything'],
  ['OPTION_INVALID', 'token', 'create', '--permission', 'tunnels.list', '--ttl', '900d'],
  ['CONTEXT_MISSING', 'context', 'use', 'nobody'],
]

/** Named by what is typed, with control characters spelled out. */
const named = (cases: readonly Case[]) =>
  cases.map(([code, ...words]) => ({
    code,
    words,
    typed: words.length > 0 ? JSON.stringify(words.join(' ')) : 'no words',
  }))

describe('refusals', () => {
  let up: Up
  beforeAll(async () => {
    up = await startUp()
  })
  afterAll(() => up?.close())

  const nothingMade = async (): Promise<void> => {
    const lists = await Promise.all(['tunnel', 'client'].map((what) => up.run([what, 'list', '-o', 'json'])))
    expect(lists.map(({ stdout }) => JSON.parse(stdout))).toEqual([[], []])
  }

  it.each(named(FORWARD))('forward: answers $code to $typed', async ({ code, words }) => {
    verifies('cli.errors', 'edge.refuse', 'edge.loopback-trust')
    const ended = await up.run(['forward', ...words, '-o', 'json'])
    expect(refusal(ended)).toMatchObject(told(code))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is there is the point
    expect(ended.stderr).not.toMatch(/\u001b|secret/)
  })

  it('forward: leaves no tunnel and no client behind after all of them', nothingMade)

  it.each(named(COMMANDS))('other commands: answers $code to $typed', async ({ code, words }) => {
    verifies('cli.errors', 'engine.filter')
    const output = words[0] === 'dial' ? [] : ['-o', 'json']
    const ended = await up.run([...words, ...output])
    if (output.length > 0) expect(refusal(ended)).toMatchObject(told(code))
    else
      expect(ended).toMatchObject({
        status: ERRORS[code].exit,
        stdout: '',
        stderr: expect.stringContaining(`error ${code}: `),
      })
  })

  it('forward: answers PORT_IN_USE for a public port that another program has', async () => {
    await using taken = await openTcpService((socket) => socket.destroy())
    const ended = await up.run(['forward', '3000', '--tcp', '--port', String(taken.port), '-o', 'json'])
    expect(refusal(ended)).toMatchObject(told('PORT_IN_USE'))
    await nothingMade()
  })

  it('dial: is refused for a published name, which has an address of its own', async () => {
    verifies('private.name')
    await using program = (await up.online('3000', '--name', 'public')).program
    const { status, stderr } = await up.run(['dial', 'tow://public'])
    expect({ status, code: /error (\w+)/.exec(stderr)?.[1] }).toEqual({ status: 4, code: 'DIAL_PUBLISHED' })
    await program.stop()
  })
})

describe('refusals: wrong servers', () => {
  const ask = async (url: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> => {
    await using home = openHome()
    const token = `tow_${'0'.repeat(22)}_${'0'.repeat(43)}`
    return await home.run(['forward', '3000', '-o', 'json'], {
      env: { TOWLINE_URL: url, TOWLINE_TOKEN: token, ...env },
    })
  }

  it('answers SERVER_UNREACHABLE when nothing listens', async () => {
    expect(refusal(await ask(`https://127.0.0.1:${await unusedPort()}`))).toMatchObject(told('SERVER_UNREACHABLE'))
  })

  it('answers TARGET_INVALID to plain http of another machine, before a byte is sent', async () => {
    verifies('link.tls-pin')
    expect(refusal(await ask('http://towline.example:8080'))).toMatchObject(told('TARGET_INVALID'))
  })

  it.each(['http', 'https'])('answers NOT_TOWLINE when an SSH server is asked by %s', async (scheme) => {
    await using ssh = await openTcpService((socket) => {
      socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n')
      socket.on('data', () => socket.end('Invalid SSH identification string.\r\n'))
    })
    expect(refusal(await ask(`${scheme}://127.0.0.1:${ssh.port}`))).toMatchObject(told('NOT_TOWLINE'))
  })

  it.each(['http', 'https'])('answers NOT_TOWLINE when an HTTP server is asked by %s', async (scheme) => {
    await using web = await openHttpService((_request, response) => response.end('hello'))
    expect(refusal(await ask(`${scheme}://127.0.0.1:${web.port}`))).toMatchObject(told('NOT_TOWLINE'))
  })

  it('answers SERVER_UNTRUSTED when the CA of the server is not known', async () => {
    verifies('link.tls-pin')
    await using up = await startUp()
    expect(refusal(await ask(up.url))).toMatchObject(told('SERVER_UNTRUSTED'))
    expect((await up.run(['client', 'list', '-o', 'json'])).stdout.trim()).toBe('[]')
  })

  it('never sends the token of one context to another server', async () => {
    await using up = await startUp()
    const ended = await up.run(['tunnel', 'list', '-o', 'json'], { env: { TOWLINE_URL: 'https://127.0.0.1:1' } })
    expect(refusal(ended)).toMatchObject(told('TOKEN_ELSEWHERE'))
  })
})

describe('refusals: up', () => {
  it('answers PORT_IN_USE, ALREADY_RUNNING and bad certificates, and leaves no context behind', async () => {
    verifies('run.up')
    await using up = await startUp()
    await using home = openHome()
    const start = async (...words: readonly string[]) => refusal(await home.run(['up', '-o', 'json', ...words]))
    const free = ['--listen', '127.0.0.1:0']
    expect(await start('--listen', `127.0.0.1:${up.port}`)).toMatchObject(told('PORT_IN_USE'))
    expect(await start(...free, '--data', join(up.folder.path, 'data'))).toMatchObject(told('ALREADY_RUNNING'))
    expect(await start(...free, '--tls-cert', '/nowhere.pem', '--tls-key', '/nowhere.key')).toMatchObject(
      told('CONFIG_INVALID'),
    )
    expect(await start(...free, '--tls-cert', '/nowhere.pem')).toMatchObject(told('USAGE'))
    expect(await start('--listen', 'everywhere')).toMatchObject(told('OPTION_INVALID'))
    expect(await start(...free, '--domain', 'not a domain')).toMatchObject(told('OPTION_INVALID'))
    expect(await start(...free, '--project', 'API')).toMatchObject(told('NAME_INVALID'))
    expect(existsSync(join(home.folder.path, 'contexts.json'))).toBe(false)
    expect((await up.run(['tunnel', 'list', '-o', 'json'])).status).toBe(0)
  })
})
