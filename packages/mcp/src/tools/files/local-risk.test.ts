/** Proves that a person is told where a local file really is, that policies go by it, and that it is used from there alone. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { type TempFolder, tempFolder, verifies } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ToldRisk, ToolCall } from '../../tool.ts'
import { fsDownload } from './fs-download.ts'
import { fsUpload } from './fs-upload.ts'

let folder: TempFolder
let real: string
beforeEach(async () => {
  folder = tempFolder('local-risk')
  real = await realpath(folder.path)
  for (const name of ['home', 'cwd', 'person', 'person/.ssh']) mkdirSync(join(folder.path, name))
  writeFileSync(join(folder.path, 'person/.ssh/id'), 'a key')
  writeFileSync(join(folder.path, 'cwd/harmless'), 'x')
  symlinkSync('../person/.ssh', join(folder.path, 'cwd/data'))
})
afterEach(() => folder.remove())

const MACHINE = { url: 'tow://lab', overwrite: true, mkdirs: false }
const callOf = (): ToolCall => {
  const deps = { cwd: join(folder.path, 'cwd'), env: { TOWLINE_HOME: join(folder.path, 'home') } }
  return { deps, signal: new AbortController().signal } as unknown as ToolCall
}
const told = async (tool: typeof fsUpload, args: object, call = callOf()): Promise<ToldRisk> => {
  const { risk } = tool
  return (typeof risk === 'function' ? await risk({ ...MACHINE, ...args }, call) : { risk }) as ToldRisk
}

describe('mcp local files', () => {
  it('are told by where they are, links followed', async () => {
    verifies('guard.approval')
    const sent = await told(fsUpload, { path: '/x', localPath: 'data/id' })
    expect(sent).toMatchObject({ risk: 'write', bind: join(real, 'person/.ssh/id') })
    expect(sent.because).toBe(`it sends "${join(real, 'person/.ssh/id')}" of this workstation`)
    const got = await told(fsDownload, { path: '/evil/authorized_keys', localPath: 'data' })
    expect(got.because).toContain('person/.ssh/authorized_keys" of this workstation, where programs look for')
  })

  it('are matched by policies by where they are', async () => {
    verifies('guard.policy')
    const plain = await fsUpload.plain?.({ ...MACHINE, path: '/x', localPath: './data/../data/id' }, callOf())
    expect(plain).toEqual({ localPath: join(real, 'person/.ssh/id') })
  })

  it('that lead elsewhere than when they were decided about are not touched', async () => {
    verifies('guard.approval')
    const call = callOf()
    const args = { ...MACHINE, path: '/x', localPath: 'harmless' }
    await told(fsUpload, args, call)
    rmSync(join(folder.path, 'cwd/harmless'))
    symlinkSync('data/id', join(folder.path, 'cwd/harmless'))
    await expect(fsUpload.run(args, call)).rejects.toMatchObject({ code: 'LOCAL_FILE' })
    await told(fsDownload, { ...args, localPath: 'new' }, call)
    symlinkSync('data/authorized_keys', join(folder.path, 'cwd/new'))
    symlinkSync('/nowhere', join(folder.path, 'person/.ssh/authorized_keys'))
    await expect(fsDownload.run({ ...args, localPath: 'data/new' }, call)).rejects.toMatchObject({ code: 'LOCAL_FILE' })
  })

  it('of the kernel are none: its own environment holds tokens', async () => {
    verifies('guard.secrets')
    for (const localPath of ['/proc/self/environ', '/dev/fd/0', '/proc/self/root/proc/self/environ'])
      await expect(told(fsUpload, { path: '/x', localPath })).rejects.toMatchObject({ code: 'LOCAL_FILE' })
  })
})
