/** Proves that an app-server that was started here is started again when it dies, gets nothing of ours, and ends with us. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { eventually, tempFolder } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStockChild, type StockChild } from './stock-child.ts'
import { parseUpstream } from './upstream-address.ts'

const WS = createRequire(import.meta.url).resolve('ws')

/** Listens where it is told to; its environment and its end are kept beside it. */
const program = (folder: string, first: string): string => {
  const path = join(folder, 'codex')
  const text = `#!${process.execPath}
const { appendFileSync, writeFileSync } = require('node:fs')
const folder = ${JSON.stringify(folder)}
appendFileSync(folder + '/starts', process.pid + '\\n')
writeFileSync(folder + '/env', JSON.stringify(process.env))
${first}
const server = require('node:http').createServer()
new (require(${JSON.stringify(WS)}).WebSocketServer)({ server })
server.listen(process.argv[4].slice('unix://'.length))
`
  writeFileSync(path, text)
  chmodSync(path, 0o755)
  return path
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('stock child', () => {
  let folder: ReturnType<typeof tempFolder>
  let child: StockChild | undefined
  let said: string
  let deaths: string[]
  beforeEach(() => {
    folder = tempFolder('stock-child')
    child = undefined
    said = ''
    deaths = []
  })
  afterEach(async () => {
    await child?.close()
    folder.remove()
  })

  const open = async (first = ''): Promise<StockChild> => {
    const path = program(folder.path, first)
    child = await openStockChild({
      program: path,
      env: { PATH: process.env['PATH'], WORK_KEY: 'k', TOWLINE_TOKEN: 'tow_secret' },
      cwd: dirname(path),
      stderr: new Writable({ write: (chunk: Buffer, _, done) => ((said += String(chunk)), done()) }),
      onDied: (problem) => void deaths.push(problem),
    })
    return child
  }
  const starts = (): readonly number[] =>
    readFileSync(join(folder.path, 'starts'), 'utf8').trim().split('\n').map(Number)

  it('stock child: tells why one does not start, and leaves nothing', async () => {
    await expect(open(`console.error('no config'); process.exit(3)`)).rejects.toMatchObject({
      code: 'APP_UPSTREAM_DOWN',
      details: { problem: 'no config' },
    })
    expect([said.trim(), deaths]).toEqual(['no config', []])
  })

  it('stock child: gets the environment without what is ours', async () => {
    const wire = await (await open()).dial()
    wire.close()
    const env = JSON.parse(readFileSync(join(folder.path, 'env'), 'utf8')) as Record<string, string>
    expect([env['WORK_KEY'], env['TOWLINE_TOKEN']]).toEqual(['k', undefined])
  })

  it('stock child: is started again when it dies, and answers then', async () => {
    verifies('reach.stock-tui')
    const open1 = await open()
    process.kill(starts()[0] as number, 'SIGKILL')
    await eventually('its death', () => (deaths.length > 0 ? true : undefined))
    ;(await open1.dial()).close()
    expect([deaths, starts().length]).toEqual([['it ended with SIGKILL'], 2])
  })

  it('stock child: ends with us, and takes its socket along', async () => {
    const open1 = await open()
    await open1.close()
    await open1.close()
    expect(isAlive(starts()[0] as number)).toBe(false)
    await expect(open1.dial()).rejects.toMatchObject({ code: 'APP_UPSTREAM_DOWN' })
  })
})

describe('what --upstream takes', () => {
  const codeOf = (text: string): unknown => {
    try {
      return parseUpstream(text, { PATH: '/usr/bin:/bin' })
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  it.each([
    ['', 'COMMAND_UNKNOWN'],
    ['no-such-program', 'COMMAND_UNKNOWN'],
    ['http://127.0.0.1:1', 'OPTION_INVALID'],
    ['unix:relative', 'OPTION_INVALID'],
    ['ws://user:pass@127.0.0.1:1', 'OPTION_INVALID'],
    ['ws://127.0.0.1:4500', { kind: 'web', url: 'ws://127.0.0.1:4500/' }],
    ['unix:///run/codex.sock', { kind: 'unix', path: '/run/codex.sock' }],
    ['sh', { kind: 'program', path: existsSync('/usr/bin/sh') ? '/usr/bin/sh' : '/bin/sh' }],
  ])('upstream address: reads %j', (text, expected) => expect(codeOf(text)).toEqual(expected))
})
