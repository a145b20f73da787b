/** Proves by processes that each wrong word gets its stable code, one sentence, a next step and an exit status, and makes nothing. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERRORS, type ErrorCode } from '@towline/protocol'
import {
  type Ended,
  openHome,
  openHttpService,
  openSystem,
  openTcpService,
  startUp,
  type System,
  unusedPort,
  type Up,
  verifies,
  visit,
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

/** Runs a command as somebody who has a token for the system. */
const withToken = async (system: System, token: string, ...words: readonly string[]): Promise<Ended> => {
  await using home = openHome()
  const caFile = join(home.folder.path, 'ca.pem')
  writeFileSync(caFile, String(system.ca))
  const env = { TOWLINE_URL: system.url, TOWLINE_TOKEN: token, TOWLINE_CA_FILE: caFile }
  return await home.run([...words, '-o', 'json'], { env })
}

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

describe('refusals: names and credentials', () => {
  it('answers NAME_TAKEN to another credential, and leaves the holder its name', async () => {
    verifies('cli.errors', 'tunnel.name.stable')
    await using system = await openSystem()
    await using web = await openHttpService((_request, response) => response.end('served'))
    const tunnel = await system.serve({ kind: 'http', name: 'web' }, web.port)
    const ended = await withToken(system, await system.otherToken(), 'forward', '3000', '--name', 'web')
    expect(refusal(ended)).toMatchObject(told('NAME_TAKEN'))
    expect(await visit({ to: tunnel.url })).toMatchObject({ status: 200, body: 'served' })
  })

  it('answers UNAUTHENTICATED to a credential that was revoked or never was, and FORBIDDEN to one that may do less', async () => {
    verifies('cli.errors')
    await using system = await openSystem()
    const token = await system.otherToken()
    const { credentialId } = await system.control.authority.verify(token)
    const ask = async (secret: string, ...words: readonly string[]) =>
      refusal(await withToken(system, secret, ...words))
    expect((await withToken(system, token, 'tunnel', 'list')).status).toBe(0)
    await system.control.revoke(credentialId)
    for (const secret of [token, `tow_${'0'.repeat(22)}_${'0'.repeat(43)}`])
      for (const words of [['forward', '3000'], ['tunnel', 'list'], ['events']])
        expect(await ask(secret, ...words)).toMatchObject(told('UNAUTHENTICATED'))
    const minted = await withToken(system, system.token, 'token', 'create', '--permission', 'tunnels.list')
    const { token: narrow } = JSON.parse(minted.stdout) as { token: string }
    expect(await ask(narrow, 'forward', '3000')).toMatchObject(told('FORBIDDEN'))
    expect(await ask(narrow, 'tunnel', 'cut', 'web')).toMatchObject(told('FORBIDDEN'))
  })

  it('says the mistake and the next step to a person, in two lines', async () => {
    verifies('cli.errors')
    await using home = openHome()
    const stderr = async (...words: readonly string[]): Promise<string> => (await home.run(words)).stderr
    expect(await stderr('forward', '3000', '--nam', 'web')).toBe(
      "error USAGE: Unknown option '--nam'. Did you mean --name?\nnext: Run the command with --help to see what it takes.\n",
    )
    expect(await stderr('forward', '3000')).toMatch(/^error CONTEXT_MISSING: .*\nnext: .*towline up.*\n$/)
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
