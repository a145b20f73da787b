import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cleanEnv, tempFolder, verifies } from '@towline/testkit'
import { afterAll, describe, expect, it } from 'vitest'

const CLI = fileURLToPath(new URL('../../packages/cli/dist/towline.js', import.meta.url))
const home = tempFolder('demo')
afterAll(() => home.remove())

const demo = async (...words: readonly string[]) => {
  const child = spawn(process.execPath, [CLI, 'demo', ...words], {
    env: cleanEnv(home.path),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk)
  })
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, stdout }
}

describe('system demo', () => {
  it('proves each step through the relay, ends by itself without a terminal, and leaves nothing behind', async () => {
    verifies('run.demo')
    const { status, stdout } = await demo()
    const proven = stdout.split('\n').filter((line) => line.startsWith('✓'))
    expect(proven.map((line) => line.slice(2, 15).trim())).toEqual([
      'server',
      'tunnel',
      'page',
      'download',
      'upload',
      'event stream',
      'WebSocket',
      'private dial',
      'inventory',
    ])
    expect(stdout).toContain('http://sample.dev.localhost:')
    expect(status).toBe(0)
    expect(readdirSync(home.path)).toEqual([])
  })

  it('says in JSON where the page was', async () => {
    const { status, stdout } = await demo('--once', '-o', 'json')
    const last = JSON.parse(stdout.trim().split('\n').at(-1) as string) as { status: string; url: string }
    expect(last).toMatchObject({ status: 'done', url: expect.stringMatching(/^http:\/\/sample\.dev\.localhost:\d+/) })
    expect(status).toBe(0)
  })
})
