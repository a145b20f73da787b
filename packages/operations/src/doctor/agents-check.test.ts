/** Proves what the doctor tells of agents: none, those that could start the tools, and those that no longer could. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setupAgent } from '../agents/setup-agent.ts'
import { checkAgents } from './agents-check.ts'
import type { Examined } from './examined.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'towline-doctor-agents-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const env = () => ({ HOME: home, PATH: '/nowhere' })
const check = () => checkAgents({ env: env() } as unknown as Examined)

describe('doctor, agents', () => {
  it('doctor agents: skips where none has the tools, passes one that could start them, warns of what is gone', async () => {
    verifies('cli.doctor')
    expect(await check()).toMatchObject({ status: 'skip' })
    const entry = join(home, 'towline.js')
    await writeFile(entry, '')
    const { signal } = new AbortController()
    await setupAgent('codex', { env: env(), program: [process.execPath, entry], profile: 'admin', signal })
    expect(await check()).toEqual({ status: 'pass', found: 'Codex has the tools' })
    await rm(entry)
    expect(await check()).toMatchObject({ status: 'warn', next: 'Run "towline codex setup".' })
  })

  it('doctor agents: warns of another server of our name, and of a file that cannot be read', async () => {
    verifies('cli.doctor')
    await mkdir(join(home, '.codex'))
    await writeFile(join(home, '.codex', 'config.toml'), 'a = \n')
    await writeFile(join(home, '.claude.json'), '{"mcpServers":{"towline":{"url":"http://x"}}}')
    const { status, found } = await check()
    expect([status, found]).toEqual([
      'warn',
      expect.stringMatching(/config\.toml is not valid.*Claude Code has another server called towline/s),
    ])
  })
})
