/** Proves the command line as a whole: usage errors, exit statuses, JSON errors, help and version everywhere. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { saveContext } from '@towline/operations'
import { AppError, ERRORS, type ErrorCode } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import type { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cliIn } from '../test/cli-in.ts'
import { testIo } from '../test/test-io.ts'
import { buildProgram } from './program.ts'
import { report, wantsJson } from './report.ts'
import { runCli } from './run-cli.ts'
import { VERSION } from './version.ts'

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'towline-cli-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const cli = (...argv: string[]) => cliIn(home, argv)

/** Every command by its words, groups included. */
const allWords = (command: Command, before: readonly string[] = []): readonly (readonly string[])[] =>
  command.commands.flatMap((child) => {
    const words = [...before, child.name()]
    return [words, ...allWords(child, words)]
  })

const WORDS = allWords(buildProgram(testIo().io)).filter(([first]) => first !== 'complete')

describe('cli: words that are refused', () => {
  it.each<readonly [argv: string[], problem: string]>([
    [['contxt'], "Unknown command 'contxt'. Did you mean context?"],
    [['tunnel', 'cutt'], "Unknown command 'cutt'. Did you mean cut?"],
    [['tunnel', 'list', '--filtre', 'x'], "Unknown option '--filtre'. Did you mean --filter?"],
    [['forward'], "Missing required argument 'target'."],
    [['forward', '3000', '4000'], "Too many arguments for 'forward'. Expected 1 argument but got 2."],
    [
      ['tunnel', 'list', '-o', 'xml'],
      "Option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are table, text, json, yaml.",
    ],
    [['token', 'create'], "Required option '--permission <permission>' not specified."],
    [['tunnel'], 'A command is missing.'],
    [[], 'A command is missing.'],
  ])('cli: %j is a usage error with exit 2', async (argv, problem) => {
    const { exit, stdout, stderr } = await cli(...argv)
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' })
    expect(stderr).toContain(`error USAGE: ${problem}\nnext: `)
  })

  it('cli: tells a usage error as JSON when JSON was asked for, even when the words cannot be parsed', async () => {
    const { exit, stdout, stderr } = await cli('tunnel', 'list', '--nope', '-o', 'json')
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' })
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'USAGE', retryable: false, next: ERRORS.USAGE.next } })
  })

  it.each<readonly [argv: string[], code: ErrorCode]>([
    [['forward', '0'], 'TARGET_INVALID'],
    [['forward', '3000', '--name', 'Bad Name'], 'NAME_INVALID'],
    [['forward', '3000', '--label', 'x'], 'LABEL_INVALID'],
    [['forward', '3000', '--tcp', '--tls'], 'USAGE'],
    [['forward', '3000'], 'CONTEXT_MISSING'],
    [['dial', 'http://x'], 'TARGET_INVALID'],
    [['dial', 'tow://db', '--listen', 'x'], 'OPTION_INVALID'],
    [['up', '--listen', 'x'], 'OPTION_INVALID'],
    [['up', '--tls-cert', 'x.pem'], 'USAGE'],
    [['up', '--project', 'Not A Slug'], 'NAME_INVALID'],
    [['token', 'create', '--permission', 'root'], 'OPTION_INVALID'],
    [['token', 'create', '--permission', 'tunnels.list', '--ttl', 'soon'], 'OPTION_INVALID'],
    [['token', 'create', '--permission', 'tunnels.list', '--resources', '/nowhere/at/all.json'], 'OPTION_INVALID'],
    [['token', 'create', '--permission', 'tunnels.list', '--resources', '{"tunnels":{}'], 'BOUNDARY_INVALID'],
    [
      ['token', 'create', '--permission', 'tunnels.list', '--resources', '{"tunnels":{"delete":true}}'],
      'BOUNDARY_INVALID',
    ],
    [['token', 'create', '--permission', 'tunnels.list', '--ttl', '9999d'], 'OPTION_INVALID'],
    [['context', 'use', 'gone'], 'CONTEXT_MISSING'],
    [['tunnel', 'list'], 'CONTEXT_MISSING'],
    [['events', '--context', 'gone'], 'CONTEXT_MISSING'],
  ])('cli: %j is refused before anything is created', async (argv, code) => {
    const { exit, stdout, stderr } = await cli(...argv)
    expect({ exit, stdout }).toEqual({ exit: ERRORS[code].exit, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^error ${code}: .+\nnext: .+\n$`))
  })
})

describe('cli: exit statuses and error output', () => {
  const told = async (error: unknown, argv: readonly string[] = [], ended = false) => {
    const test = testIo()
    if (ended) test.end()
    const exit = await report(test.io, error, argv)
    await new Promise((done) => setImmediate(done))
    return { exit, stderr: test.stderr() }
  }

  it.each(Object.keys(ERRORS) as ErrorCode[])('cli: %s ends with the exit status of its row', async (code) => {
    verifies('cli.errors')
    const { exit, stderr } = await told(AppError.from({ code }))
    expect(exit).toBe(ERRORS[code].exit)
    expect(stderr).toContain('\nnext: ')
    expect(stderr.startsWith(`error ${code}: `)).toBe(true)
  })

  it('cli: hostile details cannot break the line', async () => {
    const { stderr } = await told(new AppError('NAME_TAKEN', { name: 'a\u001b[2J\nerror OK: fine' }))
    expect(stderr.trimEnd().split('\n')).toHaveLength(2)
    expect(stderr).not.toContain('\u001b')
  })

  it('cli: a bug is told by an id that the log line holds too', async () => {
    const { exit, stderr } = await told(new TypeError('x is not a function'))
    const id = /error id (err_\w+)/.exec(stderr)?.[1]
    expect(exit).toBe(1)
    expect(JSON.parse(stderr.split('\n')[0] ?? '')).toMatchObject({
      level: 'error',
      id,
      err: { message: 'x is not a function' },
    })
  })

  it('cli: an interrupted command ends with 130 and says nothing', async () => {
    expect(await told(new DOMException('x', 'AbortError'), [], true)).toEqual({ exit: 130, stderr: '' })
  })

  it('cli: sees that JSON is wanted in every way to say it', () => {
    expect([['-o', 'json'], ['-ojson'], ['--output', 'json'], ['--output=json']].map(wantsJson)).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect([[], ['-o', 'table'], ['--', '-o', 'json'], ['--name', 'json']].map(wantsJson)).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})

describe('cli: output', () => {
  it('cli: every list and show command prints as table, json or yaml, and json is all there is on stdout', async () => {
    verifies('cli.output')
    const listing = WORDS.filter((words) => ['list', 'show'].includes(words.at(-1) ?? ''))
    expect(listing.map((words) => words.join(' '))).toEqual([
      'webtty list',
      'webtty identity show',
      'webtty identity list',
      'webtty authorized-client list',
      'webtty known-server list',
      'codex env list',
      'policy show',
      'local list',
      'tunnel list',
      'client list',
      'workspace list',
      'member list',
      'project list',
      'token list',
      'context list',
      'context show',
    ])
    for (const words of listing) {
      const command = words.reduce(
        (at, word) => at.commands.find((each) => each.name() === word) as Command,
        buildProgram(testIo().io),
      )
      const choices = command.options.find((option) => option.long === '--output')?.argChoices
      expect(choices).toEqual(expect.arrayContaining(['table', 'json', 'yaml']))
    }
    const context = { url: 'https://127.0.0.1:1', project: 'dev', token: 'tow_secret-secret' }
    await saveContext({ TOWLINE_HOME: home }, { ...context, name: 'local' })
    const shown = { name: 'local', url: context.url, project: 'dev', current: true, pinned: false, kind: 'token' }
    const json = await cli('context', 'list', '-o', 'json')
    expect({ ...json, stdout: JSON.parse(json.stdout) }).toEqual({ exit: 0, stderr: '', stdout: [shown] })
    expect((await cli('context', 'show', '-o', 'yaml')).stdout).toContain('name: local\nurl: "https://127.0.0.1:1"\n')
    expect((await cli('context', 'list')).stdout).toContain('CURRENT  NAME   URL')
  })
})

describe('cli: output that cannot be written', () => {
  const losing = async (code: string, ...argv: string[]) => {
    const problem = Object.assign(new Error(`${code}: it broke`), { code })
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(problem) })
    const test = testIo({ env: { TOWLINE_HOME: home }, stdout })
    const exit = await runCli(test.io, argv)
    return { exit, stderr: test.stderr() }
  }

  it.each([['context', 'list', '-o', 'json'], ['--version'], ['context', '--help']])(
    'cli: is an error of its own when the disk is full (%s)',
    async (...argv) => {
      verifies('cli.errors')
      const { exit, stderr } = await losing('ENOSPC', ...argv)
      expect(exit).toBe(ERRORS.OUTPUT_FAILED.exit)
      expect(stderr).toContain('OUTPUT_FAILED')
      expect(stderr).toContain('ENOSPC: it broke')
    },
  )

  it('cli: is told after no other error', async () => {
    const { exit, stderr } = await losing('ENOSPC', 'context', 'use', 'gone')
    expect(exit).toBe(ERRORS.CONTEXT_MISSING.exit)
    expect(stderr.match(/^error /gm)).toHaveLength(1)
  })

  it('cli: is nothing to say when its reader has gone', async () => {
    expect(await losing('EPIPE', 'context', 'list')).toEqual({ exit: 0, stderr: '' })
  })
})

describe('cli: help and version', () => {
  it.each(WORDS.map((words) => [words.join(' '), words] as const))(
    'cli: %s has help and version',
    async (_name, words) => {
      const help = await cli(...words, '--help')
      expect(help).toMatchObject({ exit: 0, stderr: '' })
      expect(help.stdout).toContain(
        `Usage: towline ${words.join(' ')}`.replace('towline dial', 'towline dial|nc').replace(/ list$/, ' list|ls'),
      )
      expect(await cli(...words, '--version')).toEqual({ exit: 0, stdout: `${VERSION}\n`, stderr: '' })
    },
  )

  it('cli: is the version of its package', async () => {
    const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect(VERSION).toBe(manifest.version)
  })

  it('cli: has a file for every command, named after its words', async () => {
    const leaves = WORDS.filter((words) => !WORDS.some((other) => other.length > words.length && other[0] === words[0]))
    for (const words of leaves) {
      const text = await readFile(new URL(`./commands/${words.join('-')}.ts`, import.meta.url), 'utf8')
      expect(text).toContain('await import(')
    }
  })
})
