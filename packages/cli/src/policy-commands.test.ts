/** Proves the commands by which a person writes a policy without surprises. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cliIn } from '../test/cli-in.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'towline-policy-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const write = (policy: unknown): void =>
  writeFileSync(join(home, 'policy.json'), JSON.stringify(policy), { mode: 0o600 })
const cli = (...argv: string[]) => cliIn(home, argv)
const problem = async (...argv: string[]) => {
  const { exit, stderr } = await cli(...argv)
  return [exit, stderr.split('\n')[0]]
}
const decision = async (...argv: string[]) => JSON.parse((await cli('policy', 'test', ...argv, '-o', 'json')).stdout)

describe('cli policy', () => {
  it.each([
    ['a key that is not known', { rules: [{ decision: 'deny', tool: 'x' }] }, 'rules[0].tool: this key is not known'],
    [
      'a tool that there is not',
      { rules: [{ decision: 'deny', tools: ['towline_web_exec'] }] },
      'there is no tool "towline_web_exec"',
    ],
    [
      'an argument that no tool has',
      { rules: [{ decision: 'deny', tools: ['towline_cleanup'], args: { pathh: 'x' } }] },
      'argument "pathh"',
    ],
  ])('cli: policy check refuses %s', async (_, policy, words) => {
    verifies('guard.policy')
    write(policy)
    const [exit, stderr] = await problem('policy', 'check')
    expect([exit, stderr]).toEqual([2, expect.stringContaining(words)])
  })

  it('cli: policy check refuses a file that is not there, and says what a good one holds', async () => {
    expect((await problem('policy', 'check'))[0]).toBe(2)
    write({ rules: [{ decision: 'deny', tools: ['towline_*'], args: { 'labels.env': 'prod' } }], approve: ['page'] })
    expect((await cli('policy', 'check')).stdout).toContain('is valid: 1 rules; a yes counts by page')
  })

  it('cli: policy show lists the rules, then the defaults', async () => {
    verifies('guard.policy')
    write({ rules: [{ decision: 'deny', risk: ['execute'], note: 'never' }] })
    const { stdout, stderr } = await cli('policy', 'show')
    expect(stdout.split('\n')[1]).toMatch(/^1 +deny .* execute .* never$/)
    expect(stdout).toMatch(/default +ask .* credential/)
    expect(stderr).toContain('form, page, terminal')
  })

  it('cli: policy test says what is decided, and by which rule', async () => {
    verifies('guard.policy')
    write({
      rules: [{ tools: ['towline_local_*'], target: { labels: { env: 'prod' } }, decision: 'deny', note: 'not there' }],
    })
    const args = ['towline_local_tunnel_expose', '--args', '{"port":6379}']
    expect(await decision(...args, '--label', 'env=test')).toMatchObject({ decision: 'ask', risk: 'sensitive' })
    expect(await decision(...args, '--label', 'env=prod')).toMatchObject({
      decision: 'deny',
      rule: 0,
      why: expect.stringContaining('not there'),
    })
    // Nobody knows what it is labelled.
    expect(await decision(...args)).toMatchObject({ decision: 'deny' })
    expect((await problem('policy', 'test', 'towline_local_tunnel_expose', '--args', '{"port":"x"}'))[0]).toBe(2)
    expect((await problem('policy', 'test', 'nothing'))[1]).toContain('there is no such tool')
  })
})
