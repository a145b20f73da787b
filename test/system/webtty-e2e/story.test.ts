/** Tells the story of two machines that know each other by keys, in commands, and who is turned away. */
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, openHome, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acquaint, allow, done, exec, forbid, identity, type Pair, refusal, serve, settle, startPair } from './pair.ts'
import { openTap } from './tap.ts'

let pair: Pair
beforeAll(async () => {
  pair = await startPair()
  await serve(pair.machine, '--name', 'vault', '--identity', 'vault')
})
afterAll(() => pair?.close())

const json = <T>(text: string): T => JSON.parse(text) as T
const webtty = (...words: readonly string[]) => ['webtty', ...words]

describe('webtty identities', () => {
  it('are made, shown, listed and replaced, and readable by their owner alone', async () => {
    verifies('e2e.identity')
    const { desk } = pair
    const made = json<{ name: string; endpointIdentity: string; fingerprint: string }>(
      await done(desk.run(webtty('identity', 'create', 'spare', '-o', 'json'))),
    )
    const file = join(desk.folder.path, 'webtty', 'identities', 'spare.json')
    const { seed } = json<{ seed: string }>(readFileSync(file, 'utf8'))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const shown = await done(desk.run(webtty('identity', 'show', 'spare', '-o', 'json')))
    expect(json(shown)).toMatchObject(made)
    expect(await done(desk.run(webtty('identity', 'show', 'spare', '--endpoint-identity')))).toBe(
      `${made.endpointIdentity}\n`,
    )
    const listed = await done(desk.run(webtty('identity', 'list', '-o', 'json')))
    expect(json<{ name: string }[]>(listed).map(({ name }) => name)).toEqual(['laptop', 'spare'])
    expect(await refusal(desk.run(webtty('identity', 'create', 'spare')))).toMatchObject({ code: 'E2E_ENTRY_TAKEN' })
    const rotated = await done(desk.run(webtty('identity', 'rotate', 'spare', '-o', 'json')))
    expect(rotated).toContain('SHA256:')
    const now = await done(desk.run(webtty('identity', 'show', 'spare', '--endpoint-identity')))
    expect(now.trim()).not.toBe(made.endpointIdentity)
    for (const text of [shown, listed, rotated]) expect(text).not.toContain(seed)
  })

  it('are refused when others may read them, when their folder is one that others may write, and when they are links', async () => {
    verifies('e2e.identity')
    const { desk } = pair
    const folder = join(desk.folder.path, 'webtty', 'identities')
    await identity(desk, 'open')
    const show = (name: string) => refusal(desk.run(webtty('identity', 'show', name)))
    const unsafe = { status: 4, code: 'E2E_IDENTITY_UNSAFE' }
    chmodSync(join(folder, 'open.json'), 0o640)
    expect(await show('open')).toMatchObject(unsafe)
    chmodSync(join(folder, 'open.json'), 0o600)
    chmodSync(folder, 0o777)
    expect(await show('open')).toMatchObject(unsafe)
    chmodSync(folder, 0o700)
    symlinkSync(join(folder, 'open.json'), join(folder, 'link.json'))
    expect(await show('link')).toMatchObject(unsafe)
    expect(await done(desk.run(webtty('identity', 'show', 'open', '--endpoint-identity')))).toContain('wtyid1')
  })

  it('that a server would use are refused at its start', async () => {
    verifies('e2e.identity')
    const { machine } = pair
    await identity(machine, 'leaky')
    chmodSync(join(machine.folder.path, 'webtty', 'identities', 'leaky.json'), 0o604)
    const started = machine.run(webtty('server', '--name', 'leaky', '--identity', 'leaky'))
    expect(await refusal(started)).toEqual({ status: 4, code: 'E2E_IDENTITY_UNSAFE', stdout: '' })
    const unknown = machine.run(webtty('server', '--name', 'none', '--identity', 'nobody'))
    expect(await refusal(unknown)).toMatchObject({ status: 3, code: 'E2E_IDENTITY_UNKNOWN' })
  })
})

describe('webtty between two machines', () => {
  it('gets in when each has the key of the other, and not before', async () => {
    verifies('e2e.known', 'e2e.authorized', 'e2e.fail-first')
    const { machine, desk, keys } = pair
    const ran = join(machine.folder.path, 'ran')
    const touch = () => exec(desk, 'vault', 'touch', ran)
    const unknown = await touch()
    expect(unknown).toMatchObject({ status: 255, stdout: '' })
    expect(unknown.stderr).toMatch(/error E2E_SERVER_UNKNOWN.*\n.*known-server add vault --key KEY/)
    expect(await refusal(desk.run(webtty('client', '--url', 'tow://vault')))).toMatchObject({
      ...{ status: 255, code: 'E2E_SERVER_UNKNOWN' },
    })
    const pin = webtty('known-server', 'add', 'vault', '--key', keys.vault, '--client-identity', 'laptop')
    await done(desk.run(pin))
    for (const words of [
      ['exec', '--url', 'tow://vault', '--', 'touch', ran],
      ['client', '--url', 'tow://vault'],
    ])
      expect(await refusal(desk.run(webtty(...words)))).toEqual({
        ...{ status: 255, code: 'E2E_CLIENT_UNAUTHORIZED', stdout: '' },
      })
    expect(existsSync(ran)).toBe(false)
    // The server runs all the while.
    await allow(machine, 'laptop', keys.laptop)
    expect(await done(exec(desk, 'vault', 'sh', '-c', 'echo out; echo err >&2'))).toBe('out\n')
    const result = json<Record<string, unknown>>(
      await done(desk.run(webtty('exec', '--url', 'tow://vault', '-o', 'json', '--', 'echo', 'hi'))),
    )
    const fingerprint = json<{ fingerprint: string }[]>(
      await done(desk.run(webtty('known-server', 'list', '-o', 'json'))),
    )[0]?.fingerprint
    expect(result).toMatchObject({
      state: 'exited',
      stdout: 'hi\n',
      server: { e2e: true, keyFingerprint: fingerprint },
    })
    expect((await exec(desk, 'vault', 'sh', '-c', 'exit 7')).status).toBe(7)
  })

  it('has a terminal, and processes that go on', async () => {
    verifies('e2e.authorized')
    const { desk } = pair
    const terminal = desk.start(webtty('client', '--url', 'tow://vault', '--', 'cat'))
    terminal.child.stdin?.write('hello\n')
    await eventually('the echo', () => (/hello\r\nhello/.test(terminal.stdout()) ? true : undefined))
    terminal.child.stdin?.end()
    expect(await terminal.ended()).toMatchObject({ status: 0 })
    const left = await done(
      desk.run(webtty('exec', '--url', 'tow://vault', '--detach', '--id', 'left', '--', 'sleep', '600')),
    )
    expect(left).toBe('left\n')
    const listed = json<{ processId: string; state: string }[]>(
      await done(desk.run(webtty('ps', '--url', 'tow://vault', '-o', 'json'))),
    )
    expect(listed).toContainEqual(expect.objectContaining({ processId: 'left', state: 'running' }))
    await done(desk.run(webtty('signal', '--url', 'tow://vault', 'left', 'KILL')))
    expect((await desk.run(webtty('wait', '--url', 'tow://vault', 'left'))).status).toBe(128 + 9)
  })

  it('serves no files, whoever asks', async () => {
    verifies('fs.e2e-refused')
    const { machine, desk } = pair
    const root = webtty('server', '--name', 'files', '--identity', 'vault', '--fs-root', machine.folder.path)
    expect(await refusal(machine.run(root))).toEqual({ status: 2, code: 'FILES_ENCRYPTED', stdout: '' })
    for (const words of [
      ['ls', '/'],
      ['read', '/x'],
      ['rm', '/x'],
      ['write', '/x'],
      ['mkdir', '/x'],
    ])
      expect(await refusal(desk.run(webtty('fs', words[0] ?? '', '--url', 'tow://vault', words[1] ?? '')))).toEqual({
        ...{ status: 2, code: 'FILES_ENCRYPTED', stdout: '' },
      })
    const listed = json<{ fs_path: unknown; e2e: boolean; capabilities: string[] }[]>(
      await done(desk.run(webtty('list', '-o', 'json'))),
    )
    expect(listed).toEqual([
      expect.objectContaining({ fs_path: null, e2e: true, capabilities: ['exec', 'pty', 'expose'] }),
    ])
  })

  it('is told no path by a client that does not know it', async () => {
    verifies('fs.e2e-refused', 'e2e.fail-first')
    const stranger = openHome()
    await using tap = await openTap(pair.up.port)
    settle(stranger, pair.up, tap)
    for (const words of [
      ['ls', '/srv/canary'],
      ['read', '/srv/canary'],
      ['rm', '/srv/canary'],
      ['upload', join(stranger.folder.path, 'contexts.json'), '/srv/canary'],
    ]) {
      const [verb = '', ...paths] = words
      expect(await refusal(stranger.run(webtty('fs', verb, '--url', 'tow://vault', ...paths)))).toEqual({
        ...{ status: 2, code: 'FILES_ENCRYPTED', stdout: '' },
      })
    }
    expect(tap.bytes().length).toBeGreaterThan(0)
    expect(tap.bytes().includes('canary')).toBe(false)
    await stranger.close()
  })

  it('has no page in a browser', async () => {
    verifies('e2e.fail-first')
    const browse = (url: string) => refusal(pair.desk.run(webtty('browse', '--url', url)))
    expect(await browse('tow://vault')).toEqual({ status: 2, code: 'BROWSER_ENCRYPTED', stdout: '' })
    expect(await browse(`http://vault.dev.localhost:${pair.up.port}`)).toMatchObject({ code: 'BROWSER_ENCRYPTED' })
  })

  it('is encrypted by its published address too', async () => {
    verifies('e2e.fail-first')
    const { desk, up } = pair
    const url = `http://${up.host('vault')}`
    const result = await done(desk.run(webtty('exec', '--url', url, '-o', 'json', '--', 'echo', 'hi')))
    expect(json(result)).toMatchObject({ stdout: 'hi\n', server: { e2e: true } })
  })

  it('is for servers at a relay', async () => {
    const socket = `unix:${join(pair.machine.folder.path, 'tty.sock')}`
    const started = pair.machine.run(webtty('server', '--listen', socket, '--identity', 'vault'))
    expect(await refusal(started)).toEqual({ status: 2, code: 'OPTION_INVALID', stdout: '' })
  })
})

describe('webtty clients on the list', () => {
  it('do what their roles say', async () => {
    verifies('e2e.authorized', 'e2e.proof')
    const { machine, desk, keys } = pair
    await allow(machine, 'laptop', keys.laptop, ['exec'])
    expect(await done(exec(desk, 'vault', 'echo', 'may'))).toBe('may\n')
    const terminal = desk.run(webtty('client', '--url', 'tow://vault', '--', 'cat'))
    expect(await refusal(terminal)).toEqual({ status: 255, code: 'FORBIDDEN', stdout: '' })
    await allow(machine, 'laptop', keys.laptop, ['pty'])
    expect(await refusal(exec(desk, 'vault', 'echo', 'may not'))).toEqual({
      ...{ status: 255, code: 'FORBIDDEN', stdout: '' },
    })
    await allow(machine, 'laptop', keys.laptop)
  })

  it('see, watch and end the processes of others only by their roles', async () => {
    verifies('e2e.authorized')
    const { machine, desk } = pair
    const as = (who: string, word: string, ...words: readonly string[]) =>
      desk.run(webtty(word, '--url', 'tow://vault', '--client-identity', who, ...words))
    for (const [name, ...roles] of [
      ['peer', 'exec', 'pty'],
      ['auditor', 'spectate'],
      ['operator', 'control'],
    ])
      await allow(machine, name ?? '', await identity(desk, name ?? ''), roles)
    await done(desk.run(webtty('exec', '--url', 'tow://vault', '--detach', '--id', 'mine', '--', 'sleep', '600')))
    const seen = async (who: string) =>
      json<{ processId: string; state: string }[]>(await done(as(who, 'ps', '-o', 'json')))
        .filter(({ state }) => state === 'running')
        .map(({ processId }) => processId)
    expect(await Promise.all(['peer', 'auditor', 'operator'].map(seen))).toEqual([[], ['mine'], ['mine']])
    expect(await refusal(as('peer', 'signal', 'mine', 'KILL'))).toMatchObject({ code: 'PROCESS_UNKNOWN' })
    expect(await refusal(as('peer', 'client', '--attach', 'mine'))).toMatchObject({ code: 'PROCESS_UNKNOWN' })
    expect(await refusal(as('auditor', 'input', 'mine'))).toMatchObject({ code: 'FORBIDDEN' })
    expect(await refusal(as('auditor', 'exec', '--', 'true'))).toMatchObject({ code: 'FORBIDDEN' })
    await as('auditor', 'signal', 'mine', 'KILL')
    expect(await seen('operator')).toEqual(['mine'])
    await done(as('operator', 'signal', 'mine', 'KILL'))
    expect((await as('operator', 'wait', 'mine')).status).toBe(128 + 9)
  })

  it('are let in for a time, when one was given', async () => {
    verifies('e2e.authorized')
    const { machine, desk, keys } = pair
    await allow(machine, 'laptop', keys.laptop, [], ['--expires', '1h'])
    expect(await done(exec(desk, 'vault', 'echo', 'in time'))).toBe('in time\n')
    await allow(machine, 'laptop', keys.laptop, [], ['--expires', '1s'])
    const listed = () => done(machine.run(webtty('authorized-client', 'list', '--identity', 'vault', '-o', 'json')))
    await eventually('the end', async () =>
      json<{ name: string; expired: boolean }[]>(await listed()).find(({ name }) => name === 'laptop')?.expired
        ? true
        : undefined,
    )
    expect(await refusal(exec(desk, 'vault', 'echo', 'late'))).toMatchObject({
      ...{ status: 255, code: 'E2E_CLIENT_UNAUTHORIZED', stdout: '' },
    })
    await allow(machine, 'laptop', keys.laptop)
  })

  it('are cut off from what they have open when they are taken off it, and stay out', async () => {
    verifies('e2e.authorized')
    const { machine, desk, keys } = pair
    const terminal = desk.start(
      webtty('client', '--url', 'tow://vault', '--', 'sh', '-c', 'echo pid $$; exec sleep 600'),
    )
    const command = desk.start(webtty('exec', '--url', 'tow://vault', '--', 'sh', '-c', 'echo pid $$; exec sleep 600'))
    const pids = await Promise.all(
      [terminal, command].map((program) => eventually('its pid', () => /pid (\d+)/.exec(program.stdout())?.[1])),
    )
    await forbid(machine, 'laptop')
    const at = performance.now()
    for (const program of [terminal, command]) {
      const { status, stderr } = await program.ended()
      expect({ status, code: /error (\w+)/.exec(stderr)?.[1] }).toEqual({
        status: 255,
        code: 'E2E_CLIENT_UNAUTHORIZED',
      })
      process.stdout.write(`cut off ${Math.round(performance.now() - at)} ms after it was taken off the list\n`)
    }
    for (const pid of pids) await eventually('its end', () => (existsSync(`/proc/${pid}`) ? undefined : true))
    expect(await refusal(exec(desk, 'vault', 'true'))).toMatchObject({ status: 255, code: 'E2E_CLIENT_UNAUTHORIZED' })
    await allow(machine, 'laptop', keys.laptop)
  })

  it('are all that stay when the list cannot be trusted: nobody else comes in until it can', async () => {
    verifies('e2e.authorized')
    const { machine, desk } = pair
    const file = join(machine.folder.path, 'webtty', 'authorized-clients', 'vault.json')
    chmodSync(file, 0o666)
    expect(await refusal(exec(desk, 'vault', 'true'))).toMatchObject({ status: 255, code: 'E2E_CLIENT_UNAUTHORIZED' })
    chmodSync(file, 0o600)
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, '{')
    expect(await refusal(exec(desk, 'vault', 'true'))).toMatchObject({ status: 255, code: 'E2E_CLIENT_UNAUTHORIZED' })
    writeFileSync(file, text)
    expect(await done(exec(desk, 'vault', 'echo', 'again'))).toBe('again\n')
  })
})

describe('webtty known servers', () => {
  it('are listed and taken away, and never replaced silently', async () => {
    verifies('e2e.known')
    const { desk, keys } = pair
    const add = (...words: readonly string[]) => desk.run(webtty('known-server', 'add', ...words))
    expect(await refusal(add('vault', '--key', keys.laptop, '--client-identity', 'laptop'))).toMatchObject({
      ...{ status: 5, code: 'E2E_ENTRY_TAKEN' },
    })
    expect(await refusal(add('other', '--key', 'wtyid1nonsense'))).toMatchObject({ status: 2, code: 'E2E_KEY_INVALID' })
    expect(await refusal(add('other', '--key', keys.vault, '--client-identity', 'nobody'))).toMatchObject({
      code: 'E2E_IDENTITY_UNKNOWN',
    })
    await done(add('other', '--key', keys.vault, '--client-identity', 'laptop'))
    await done(desk.run(webtty('known-server', 'remove', 'other')))
    const listed = json<{ name: string }[]>(await done(desk.run(webtty('known-server', 'list', '-o', 'json'))))
    expect(listed.map(({ name }) => name)).toEqual(['vault'])
  })

  it('are pinned for a project; a name that is pinned for several has to be told apart', async () => {
    verifies('e2e.known')
    const { desk, keys } = pair
    const pin = (project: string, key: string) =>
      done(
        desk.run(
          webtty('known-server', 'add', 'vault', '--key', key, '--client-identity', 'laptop', '--project', project),
        ),
      )
    await done(desk.run(webtty('known-server', 'remove', 'vault')))
    await pin('dev', keys.vault)
    expect(await done(exec(desk, 'vault', 'echo', 'one'))).toBe('one\n')
    await pin('ops', keys.laptop)
    expect(await refusal(exec(desk, 'vault', 'true'))).toMatchObject({ status: 255, code: 'E2E_SERVER_AMBIGUOUS' })
    const named = desk.run(webtty('exec', '--url', 'tow://vault', '--project', 'dev', '--', 'echo', 'two'))
    expect(await done(named)).toBe('two\n')
    await done(desk.run(webtty('known-server', 'remove', 'vault', '--project', 'dev')))
    await done(desk.run(webtty('known-server', 'remove', 'vault', '--project', 'ops')))
    await acquaint(pair)
  })

  it('that took new keys are refused until somebody looks', async () => {
    verifies('e2e.fail-first', 'e2e.identity')
    const { machine, desk } = pair
    await using other = await (async () => {
      const key = await identity(machine, 'moving')
      const first = await serve(machine, '--name', 'moving', '--identity', 'moving')
      await done(desk.run(webtty('known-server', 'add', 'moving', '--key', key, '--client-identity', 'laptop')))
      return first.server
    })()
    await other.stop()
    await done(machine.run(webtty('identity', 'rotate', 'moving')))
    await serve(machine, '--name', 'moving', '--identity', 'moving')
    const refused = await exec(desk, 'moving', 'true')
    expect(refused).toMatchObject({ status: 255, stdout: '' })
    expect(refused.stderr).toMatch(/error E2E_SERVER_CHANGED.*\n.*known-server remove moving/)
  })
})
