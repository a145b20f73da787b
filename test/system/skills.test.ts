/** Runs the instructions of the skills as an agent would, in a shell, against a server of its own. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  openHttpService,
  type Program,
  run,
  type Service,
  start,
  startUp,
  towline,
  type Up,
  verifies,
} from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { files, read } from '../repository.ts'
import { shellBlocks } from '../shell-blocks.ts'

const SKILLS = files('skills', (path) => path.endsWith('.md')).map((path) => [path, shellBlocks(path)] as const)
const blocksLike = (pattern: RegExp) =>
  SKILLS.flatMap(([path, blocks]) =>
    blocks.filter((block) => pattern.test(block)).map((block) => [path, block] as const),
  )

/** What ends by itself; a check of a site may find something. */
const ENDING = blocksLike(
  /^(towline (context (list|use)|tunnel list|client list|token create|agent-check|doctor|codex setup|agent setup|approvals|audit)|curl |printf 'header)/,
)
const SERVING = blocksLike(/^towline (forward|webtty server) /)
/** What is done on a machine that serves, line by line. */
const ON_A_MACHINE = blocksLike(/^(towline webtty (?!server)|echo .* \| towline webtty )/)

const hasCurl = (() => {
  try {
    execFileSync('curl', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

describe('system skills', () => {
  let up: Up
  let service: Service
  let env: Record<string, string>
  let machine: Program | undefined

  beforeAll(async () => {
    ;[up, service] = await Promise.all([startUp(), openHttpService((_request, response) => void response.end('hello'))])
    const path = up.folder.path
    const [node, cli] = towline() as [string, string]
    writeFileSync(join(path, 'towline'), `#!/bin/sh\nexec '${node}' '${cli}' "$@"\n`)
    chmodSync(join(path, 'towline'), 0o755)
    writeFileSync(join(path, 'token'), up.context().token, { mode: 0o600 })
    env = { ...up.env, PATH: `${path}:${process.env['PATH']}`, SERVER: `http://127.0.0.1:${up.port}` }
  })
  afterAll(() => Promise.all([up?.close(), service?.close()]))

  /** The same words, with the addresses of this test. */
  const here = (block: string): string =>
    block
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${up.port}`)
      .replaceAll('127.0.0.1:3000', `127.0.0.1:${service.port}`)
      .replaceAll('/run/secrets/towline', join(up.folder.path, 'token'))
      .replace(/^towline forward \d+/, `towline forward ${service.port}`)

  it.each(SERVING)('%s: %s', async (_path, block) => {
    const json = / -o json/.test(block) ? '' : ' -o json'
    await using program = start(['sh', '-c', `exec ${here(block)}${json}`], { env })
    expect(await program.status('online')).toMatchObject({ status: 'online' })
  })

  it.each(ON_A_MACHINE)('%s: %s', async (_path, block) => {
    const served = join(up.folder.path, 'served')
    mkdirSync(served, { recursive: true })
    machine ??= up.start(['webtty', 'server', '--name', 'edge-lab', '--fs-root', served, '-o', 'json'])
    await machine.status('online')
    const { status, stdout, stderr } = await run(['sh', '-ec', here(block)], { env })
    expect([block, status, stderr]).toEqual([block, 0, ''])
    for (const line of stdout.split('\n')) if (line.startsWith('{')) JSON.parse(line)
  })

  it.each(ENDING.filter(([, block]) => hasCurl || block.startsWith('towline')))('%s: %s', async (_path, block) => {
    const { status, stdout } = await run(['sh', '-c', here(block)], { env })
    expect([block, status]).toEqual([block, block.includes('agent-check') ? expect.toBeOneOf([0, 8]) : 0])
    if (/ -o json|api-catalog|openapi|engine\/tunnels/.test(block))
      expect(() => JSON.parse(stdout) as unknown).not.toThrow()
  })

  it('has instructions of both sorts', () => {
    verifies('discovery.skills')
    expect([SERVING.length > 7, ENDING.length > 12, ON_A_MACHINE.length > 3]).toEqual([true, true, true])
  })

  it('serves docs and skills from the bundle, as they stand in the repository', async () => {
    verifies('discovery.skills', 'discovery.markdown')
    const base = `http://127.0.0.1:${up.port}`
    const index = (await (await fetch(`${base}/.well-known/agent-skills/index.json`)).json()) as {
      skills: { url: string }[]
    }
    const served = await Promise.all(index.skills.map(async ({ url }) => await (await fetch(`${base}${url}`)).text()))
    expect(served).toEqual(SKILLS.map(([path]) => read(path)))
    const page = await (await fetch(`${base}/docs/guide/private`, { headers: { accept: 'text/markdown' } })).text()
    // Links lead to pages of the site instead of files.
    const words = (text: string): string => text.replace(/\]\([^)]*\)/g, ']')
    expect(words(page).endsWith(words(read('docs/guide/private.md')))).toBe(true)
  })
})
