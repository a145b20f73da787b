/** Proves what a command run on a machine answers: its result, its exit status, its arguments, its input and its environment. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, run, towline, verifies, within } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeIn, gone, type Machines, openMachines, sh } from './machines.ts'

const MiB = 1024 * 1024

describe.concurrent('webtty exec', () => {
  let machines: Machines
  beforeAll(async () => {
    machines = await openMachines()
  })
  afterAll(() => machines?.[Symbol.asyncDispose]())

  it('answers one object with everything', async () => {
    verifies('exec.result')
    const result = await machines.result('lab', [
      '--cwd',
      '/tmp',
      '--id',
      'one',
      ...sh('echo hi; echo oops >&2; exit 3'),
    ])
    expect(result).toEqual({
      status: 3,
      schema: 'webtty.exec.v1',
      url: 'tow://lab',
      server: { name: 'lab', e2e: false, keyFingerprint: null },
      processId: 'one',
      argv: ['sh', '-c', 'echo hi; echo oops >&2; exit 3'],
      cwd: '/tmp',
      state: 'exited',
      exitCode: 3,
      signal: null,
      timedOut: false,
      ...{ stdout: 'hi\n', stderr: 'oops\n', stdoutEncoding: 'utf8', stderrEncoding: 'utf8' },
      ...{ stdoutBytes: 3, stderrBytes: 5, stdoutTruncated: false, stderrTruncated: false, omittedBytes: 0 },
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      durationMs: expect.any(Number) as number,
      transportMs: expect.any(Number) as number,
      pipesHeldBy: [],
      error: null,
    })
  })

  it('passes both outputs through as they are, apart', async () => {
    verifies('exec.result')
    const { status, stdout, stderr } = await machines.exec('lab', sh('printf "no newline"; printf "\\033[1mbold" >&2'))
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'no newline', stderr: '\u001b[1mbold' })
  })

  it('gives output that is no text as base64', async () => {
    verifies('exec.result')
    const { stdout, stdoutEncoding, stdoutBytes } = await machines.result('lab', sh('printf "\\377\\000\\376"'))
    expect({ stdout, stdoutEncoding, stdoutBytes }).toEqual({
      stdout: '/wD+',
      stdoutEncoding: 'base64',
      stdoutBytes: 3,
    })
  })

  const endings: readonly (readonly [what: string, words: readonly string[], status: number, code?: string])[] = [
    ['0', sh('exit 0'), 0],
    ['its own', sh('exit 3'), 3],
    ['its own, the largest', sh('exit 255'), 255],
    ['128 and the number of a signal', sh('kill -TERM $$'), 143],
    ['137 for KILL', sh('kill -KILL $$'), 137],
    ['124 when its time is over', ['--timeout', '1s', '--', 'sleep', '300'], 124],
    ['126 for what may not be executed', ['--', '/etc/passwd'], 126, 'COMMAND_REFUSED'],
    ['126 for a folder that is not there', ['--cwd', '/no/such', '--', 'true'], 126, 'FOLDER_UNKNOWN'],
    ['126 for a folder that is a file', ['--cwd', '/etc/passwd', '--', 'true'], 126, 'FOLDER_INVALID'],
    ['127 for what is not there', ['--', 'no-such-command'], 127, 'COMMAND_UNKNOWN'],
    ['127 for a path that is not there', ['--', '/no/such/command'], 127, 'COMMAND_UNKNOWN'],
    ['255 for a variable that may not be set', ['--env', 'LD_PRELOAD=/x.so', '--', 'true'], 255, 'ENV_REFUSED'],
    ['2 without a command', [], 2, 'USAGE'],
    ['2 with a command and a line', ['--shell', 'true', '--', 'true'], 2, 'USAGE'],
    ['2 for a timeout that is none', ['--timeout', 'soon', '--', 'true'], 2, 'OPTION_INVALID'],
  ]
  const cases = endings.map(([what, words, status, code]) => ({ what, words, status, code }))
  it.each(cases)('ends with $what', async ({ words, status, code }) => {
    verifies('exec.exit')
    const ran = await machines.exec('lab', words)
    expect({ status: ran.status, code: ran.code, stdout: ran.stdout }).toEqual({ status, code, stdout: '' })
  })

  it('ends with 255 when the machine is not there, and says what to do', async () => {
    verifies('exec.exit')
    const { status, code, stdout, stderr } = await machines.exec('nowhere', ['--', 'true'])
    expect({ status, code, stdout }).toEqual({ status: 255, code: 'TUNNEL_UNKNOWN', stdout: '' })
    expect(stderr).toMatch(/^next: /m)
  })

  it.each(['exec', 'client'])('of %s ends with 255 when its output cannot be written here', async (verb) => {
    verifies('exec.exit')
    const line = towline('webtty', verb, '--url', 'tow://lab', '--', 'seq', '1', '100000')
    const ran = await run(['sh', '-c', '"$@" > /dev/full', 'sh', ...line], { env: machines.up.env })
    expect({ status: ran.status, code: codeIn(ran.stderr) }).toEqual({ status: 255, code: 'OUTPUT_FAILED' })
  })

  it.each([
    ['127 for what is not there', ['--', 'no-such-command'], 127, 'COMMAND_UNKNOWN'],
    ['126 for a folder that is not there', ['--cwd', '/no/such', '--', 'true'], 126, 'FOLDER_UNKNOWN'],
    ['255 for a machine that is not there', ['--url', 'tow://nowhere', '--', 'true'], 255, 'TUNNEL_UNKNOWN'],
  ])('in a terminal ends with %s', async (_, words, status, code) => {
    verifies('exec.exit')
    const ran = await machines.ask('client', 'lab', words)
    expect({ status: ran.status, code: ran.code }).toEqual({ status, code })
  })

  it('says in the result why nothing was started', async () => {
    verifies('exec.result')
    const result = await machines.result('lab', ['--', 'no-such-command'])
    expect(result).toMatchObject({ status: 127, state: 'spawn_failed', exitCode: null, stdout: '', startedAt: null })
    expect(result.error).toMatchObject({ code: 'COMMAND_UNKNOWN', details: { command: 'no-such-command' } })
  })

  const HARD = [
    'a b',
    ' ',
    '',
    '"',
    "'",
    'new\nline',
    '$(id)',
    '`id`',
    '; id',
    '*',
    '\\',
    '-n',
    '--',
    'ä€😀',
    '%s',
    '~',
    '&&',
  ]

  it('hands on each argument as it is', async () => {
    verifies('exec.argv')
    const { stdout } = await machines.exec('lab', ['--', 'printf', '%s\\0', ...HARD])
    expect(stdout.split('\0').slice(0, -1)).toEqual(HARD)
    const { argv } = await machines.result('lab', ['--', 'true', ...HARD])
    expect(argv).toEqual(['true', ...HARD])
  })

  it('runs a line by sh only when asked to', async () => {
    verifies('exec.argv')
    // The profile of whoever runs this is another's business.
    const words = ['--env', 'HOME=/', '--shell', 'echo a b | wc -w && echo "$0"']
    expect((await machines.exec('lab', words)).stdout).toMatch(/^2\n(\/bin\/)?sh\n$/)
    expect((await machines.exec('lab', ['--', 'echo', '|', 'wc'])).stdout).toBe('| wc\n')
  })

  it('reads /dev/null unless told to pass standard input on', async () => {
    verifies('exec.argv')
    expect((await machines.exec('lab', ['--', 'readlink', '/proc/self/fd/0'], 'not for you')).stdout).toBe(
      '/dev/null\n',
    )
    expect((await machines.exec('lab', ['--', 'cat'], 'not for you')).stdout).toBe('')
    expect((await machines.exec('lab', ['--stdin', '--', 'cat'], 'for you')).stdout).toBe('for you')
  })

  it('passes 5 MB of standard input on, whole, and its end', async () => {
    verifies('exec.argv')
    const input = Buffer.alloc(5_000_000, 'every byte counts\n')
    const { stdout } = await machines.exec('lab', ['--stdin', '--', 'sha256sum'], input)
    expect(stdout).toBe(`${createHash('sha256').update(input).digest('hex')}  -\n`)
  })

  it('is not upset by a command that does not read its input, nor by ours that is closed', async () => {
    verifies('exec.argv')
    const input = Buffer.alloc(5_000_000, 'x')
    expect(await machines.exec('lab', ['--stdin', '--', 'head', '-c', '1'], input)).toMatchObject({
      status: 0,
      stdout: 'x',
      stderr: '',
    })
    const words = towline('webtty', 'exec', '--url', 'tow://lab', '--stdin', '--', 'cat').map((word) => `'${word}'`)
    const closed = spawn('bash', ['-c', `exec ${words.join(' ')} <&-`], { env: machines.up.env, stdio: 'ignore' })
    expect(await within('its end', new Promise((done) => closed.on('close', done)))).toBe(0)
  })

  it('is over when the command is, though a child of it holds its outputs', async () => {
    verifies('exec.complete')
    const { status, state, stdout, pipesHeldBy } = await machines.result('lab', sh('echo before; sleep 300 & echo $!'))
    const child = Number(stdout.split('\n')[1])
    expect({ status, state, stdout, pipesHeldBy }).toEqual({
      status: 0,
      state: 'exited',
      stdout: `before\n${child}\n`,
      pipesHeldBy: [child],
    })
    process.kill(child, 'SIGKILL')
  })

  it('keeps the head and the tail of a long output, and counts what is between', async () => {
    verifies('exec.bounds')
    const all = Array.from({ length: 100_000 }, (_, at) => `${at + 1}\n`).join('')
    const { status, stdout, stderr, ...counts } = await machines.result('lab', [
      ...['--max-output', '1000'],
      ...sh('seq 1 100000; seq 1 10 >&2'),
    ])
    const omitted = all.length - 1000
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `${all.slice(0, 500)}\n[${omitted} bytes left out]\n${all.slice(-500)}`,
      stderr: '1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n',
    })
    expect(counts).toMatchObject({
      ...{ stdoutBytes: all.length, stderrBytes: 21, omittedBytes: omitted },
      ...{ stdoutTruncated: true, stderrTruncated: false },
    })
  })

  it('keeps 1 MiB of each output unless told otherwise', async () => {
    verifies('exec.bounds')
    const print = 'head -c 3000000 /dev/zero | tr "\\0" x'
    const { stdout, stderr, ...counts } = await machines.result('lab', sh(`${print}; ${print} >&2`))
    const text = `${'x'.repeat(MiB / 2)}\n[${3_000_000 - MiB} bytes left out]\n${'x'.repeat(MiB / 2)}`
    expect([stdout === text, stderr === text]).toEqual([true, true])
    expect(counts).toMatchObject({
      ...{ stdoutBytes: 3_000_000, stderrBytes: 3_000_000, omittedBytes: 2 * (3_000_000 - MiB) },
      ...{ stdoutTruncated: true, stderrTruncated: true },
    })
  })

  it('passes 50 MB through without keeping it', async () => {
    verifies('exec.bounds')
    const argv = towline('webtty', 'exec', '--url', 'tow://lab', '--', 'head', '-c', '50000000', '/dev/zero')
    const child = spawn(argv[0] as string, argv.slice(1), { env: machines.up.env, stdio: ['ignore', 'pipe', 'pipe'] })
    let warned = ''
    child.stderr.setEncoding('utf8').on('data', (part: string) => (warned += part))
    let count = 0
    for await (const part of child.stdout) count += (part as Buffer).length
    expect({ count, warned }).toEqual({ count: 50_000_000, warned: '' })
  })

  it('writes a long result whole though its reader is slow', async () => {
    verifies('exec.result')
    const mark = join(machines.up.folder.path, 'printed')
    const words = [
      'webtty',
      'exec',
      '--url',
      'tow://lab',
      '-o',
      'json',
      ...sh(`head -c 900000 /dev/zero | tr "\\0" x; : >${mark}`),
    ]
    const [file, ...args] = towline(...words) as [string, ...string[]]
    const child = spawn(file, args, { env: machines.up.env, stdio: ['ignore', 'pipe', 'inherit'] })
    await eventually('the end of the command', () => (existsSync(mark) ? true : undefined))
    let text = ''
    for await (const part of child.stdout.setEncoding('utf8')) text += part
    expect(JSON.parse(text)).toMatchObject({ state: 'exited', stdoutBytes: 900_000, omittedBytes: 0 })
  })

  it('runs the same command once however often it is asked, by its id', async () => {
    verifies('exec.detach')
    const file = join(machines.up.folder.path, 'once')
    const words = ['--id', 'once', ...sh(`echo ran >>${file}; cat ${file}; exit 4`)]
    const ran = [await machines.exec('lab', words), await machines.exec('lab', words)]
    expect(ran.map(({ status, stdout }) => ({ status, stdout }))).toEqual([
      { status: 4, stdout: 'ran\n' },
      { status: 4, stdout: 'ran\n' },
    ])
    const other = await machines.exec('lab', ['--id', 'once', '--', 'true'])
    expect({ status: other.status, code: other.code }).toEqual({ status: 255, code: 'PROCESS_CONFLICT' })
  })

  it('leaves no process behind that was not asked for', async () => {
    const { stdout } = await machines.exec('lab', sh('echo $$'))
    await gone(Number(stdout))
  })
})
