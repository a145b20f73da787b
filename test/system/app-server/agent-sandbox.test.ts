/** Proves that commands of an agent stay in the sandbox of their thread and see what settings let them, on a real machine, and what a person can let out. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifies } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandAgent, openCommandAgent } from './command-agent.ts'

let agent: CommandAgent
beforeEach(async () => {
  agent = await openCommandAgent()
})
afterEach(() => agent?.close())

describe('app-server agent, sandbox', () => {
  it('lets a command write its workspace and nothing else, and reach no network', async () => {
    verifies('app.sandbox', 'agent.tools')
    const client = await agent.open()
    const out = join(agent.root, 'out')
    const { item } = await agent.run(
      client,
      `echo in > in; echo out > ${out}; mkdir -p .git/hooks; (: < /dev/tcp/127.0.0.1/9) ; true`,
    )
    expect(item).toMatchObject({ status: 'completed', exitCode: 0 })
    expect(item.aggregatedOutput).toMatch(/out: Read-only file system/)
    expect(item.aggregatedOutput).toMatch(/\.git\/hooks.*: Read-only file system/)
    expect([
      readFileSync(join(agent.work, 'in'), 'utf8'),
      existsSync(out),
      existsSync(join(agent.work, '.git')),
    ]).toEqual(['in\n', false, false])
  })

  it('lets nothing be written when it only reads', async () => {
    verifies('app.sandbox')
    const { item } = await agent.run(await agent.open(), 'echo in > in', { sandbox: 'read-only' })
    expect([item.status, existsSync(join(agent.work, 'in'))]).toEqual(['failed', false])
  })

  it('runs it without the sandbox when a person says so, and only then', async () => {
    verifies('app.sandbox', 'app.approvals')
    const client = await agent.open()
    const out = join(agent.root, 'out')
    const ran = agent.run(client, `touch ${out}`, { approvalPolicy: 'on-request' })
    const asked = await client.said('the question', ({ method }) => method === 'item/commandExecution/requestApproval')
    expect([asked.params.reason, existsSync(out)]).toEqual(['command failed; retry without sandbox?', false])
    client.send({ id: asked.id, result: { decision: 'accept' } })
    expect([(await ran).item.status, existsSync(out)]).toEqual(['completed', true])
  })

  it('runs nothing where it cannot be enforced: the turn fails with what to install', async () => {
    verifies('app.sandbox')
    const programs = join(agent.root, 'programs')
    mkdirSync(programs)
    // Threads are locked by it.
    symlinkSync('/usr/bin/flock', join(programs, 'flock'))
    const client = await agent.open({ path: programs })
    const { item, turn } = await agent.run(client, 'touch x')
    expect(turn).toMatchObject({ status: 'failed', error: { codexErrorInfo: 'sandboxError' } })
    expect(turn.error.message).toMatch(/bwrap.* is not installed.*apt-get install bubblewrap/)
    expect([item.status, existsSync(join(agent.work, 'x'))]).toEqual(['failed', false])
  })
})

describe('app-server agent, settings', () => {
  it('gives commands the variables that the policy leaves, and none that look like secrets', async () => {
    verifies('app.env-policy')
    const more = '[shell_environment_policy]\ninherit = "all"\nexclude = ["HIDDEN_*"]\nset = { ADDED = "yes" }\n'
    const variables = { PLAIN: 'seen', HIDDEN_WORD: 'not seen', MODEL_API_KEY: 'not seen', A_TOKEN: 'not seen' }
    const { item } = await agent.run(await agent.open({ more, variables }), 'env')
    const lines = String(item.aggregatedOutput).split('\n')
    expect(lines).toEqual(expect.arrayContaining(['PLAIN=seen', 'ADDED=yes']))
    expect(lines.filter((line) => line.endsWith('=not seen'))).toEqual([])
  })

  it('keeps denied files from being read', async () => {
    verifies('app.deny-read')
    const secret = join(agent.work, 'deep', 'secret.env')
    const top = 'default_permissions = "edge"\n'
    const more =
      '[permissions.edge]\nextends = ":workspace"\n' +
      `[permissions.edge.filesystem.":workspace_roots"]\n"**/*.env" = "deny"\n`
    mkdirSync(join(agent.work, 'deep'))
    writeFileSync(secret, 'the secret')
    writeFileSync(join(agent.work, 'open.txt'), 'all may read')
    const { item } = await agent.run(await agent.open({ top, more }), `cat open.txt ${secret}`, { sandbox: null })
    expect(item.aggregatedOutput).toMatch(/^all may read/)
    expect(item.aggregatedOutput).toMatch(/secret\.env: Permission denied/)
    expect(item.aggregatedOutput).not.toContain('the secret')
  })

  it.each([
    ['not while nobody trusts it', '', false],
    ['once a person does', 'trusted', true],
  ])('of a project hold %s', async (_when, level, holds) => {
    verifies('app.trust')
    mkdirSync(join(agent.work, '.codex'))
    writeFileSync(
      join(agent.work, '.codex', 'config.toml'),
      '[shell_environment_policy]\nset = { OF_PROJECT = "yes" }\n',
    )
    const more = level === '' ? '' : `[projects."${agent.work}"]\ntrust_level = "${level}"\n`
    const { item } = await agent.run(await agent.open({ more }), 'env', { sandbox: 'read-only' })
    expect(String(item.aggregatedOutput).split('\n').includes('OF_PROJECT=yes')).toBe(holds)
  })
})
