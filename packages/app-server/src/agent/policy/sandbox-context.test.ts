import type { SandboxPolicy } from '@towline/protocol'
import { verifies } from '@towline/testkit'
import { expect, test } from 'vitest'
import { accessTo, rulesOf } from '../../sandbox/rules.ts'
import { mayWrite, sandboxOf, type SandboxScope, unsandboxed } from './sandbox-context.ts'

const WRITE: Extract<SandboxPolicy, { type: 'workspaceWrite' }> = {
  ...{ type: 'workspaceWrite', writableRoots: ['/extra'], networkAccess: false },
  ...{ excludeTmpdirEnvVar: false, excludeSlashTmp: false },
}
const READ: SandboxPolicy = { type: 'readOnly', networkAccess: false }

const scope = (policy: SandboxPolicy, over: Partial<SandboxScope> = {}): SandboxScope => ({
  ...{ policy, cwd: '/w/sub', workspaceRoots: ['/w'], deniedPaths: [], ...over },
})

/** What the sandbox says of paths, by the rules that exec-servers make of it. */
const access = (of: ReturnType<typeof sandboxOf>, ...paths: readonly string[]) => {
  const rules = rulesOf(of, { TMPDIR: '/var/t' })
  return rules && paths.map((path) => accessTo(rules, path))
}

test('agent sandbox: read-only lets nothing be written', () => {
  verifies('app.sandbox')
  expect(access(sandboxOf(scope(READ)), '/', '/w/a', '/tmp/a')).toEqual(['read', 'read', 'read'])
})

test('agent sandbox: workspace-write lets the workspace be written, but not what decides how tools behave', () => {
  verifies('app.sandbox')
  const paths = [
    '/etc/x',
    '/w/a',
    '/w/.git/config',
    '/w/.codex/x',
    '/w/.agents',
    '/extra/a',
    '/extra/.git/x',
    '/tmp/a',
    '/var/t/a',
  ]
  expect(access(sandboxOf(scope(WRITE)), ...paths)).toEqual([
    'read',
    'write',
    'read',
    'read',
    'read',
    'write',
    'read',
    'write',
    'write',
  ])
})

test('agent sandbox: temporary folders can be left out', () => {
  const policy = { ...WRITE, excludeSlashTmp: true, excludeTmpdirEnvVar: true }
  expect(access(sandboxOf(scope(policy)), '/tmp/a', '/var/t/a')).toEqual(['read', 'read'])
})

test('agent sandbox: the network is as the policy says', () => {
  const network = (policy: SandboxPolicy) => rulesOf(sandboxOf(scope(policy)), {})?.network
  expect([
    network(READ),
    network({ ...READ, networkAccess: true }),
    network({ ...WRITE, networkAccess: true }),
  ]).toEqual(['restricted', 'enabled', 'enabled'])
})

test('agent sandbox: full access and a sandbox of others need none', () => {
  expect(sandboxOf(scope({ type: 'dangerFullAccess' }))).toBeNull()
  expect(sandboxOf(scope({ type: 'externalSandbox', networkAccess: 'restricted' }))).toBeNull()
})

test.each([READ, WRITE, { type: 'dangerFullAccess' }] as const)(
  'agent sandbox: denied paths are denied, let out or not (%j)',
  (policy) => {
    verifies('app.deny-read')
    const denied = scope(policy, { deniedPaths: ['/secret', 'private', '**/*.env'] })
    for (const context of [sandboxOf(denied), unsandboxed(denied)]) {
      expect(access(context, '/secret/x', '/w/private/x')).toEqual(['deny', 'deny'])
      expect(rulesOf(context, {})?.denied).toEqual(['/w/**/*.env'])
    }
    expect(access(unsandboxed(denied), '/etc/x')).toEqual(['write'])
  },
)

test('agent sandbox: says by its name whether a file may be written', () => {
  const may = (policy: SandboxPolicy, ...paths: readonly string[]) => paths.map((path) => mayWrite(scope(policy), path))
  expect(may(WRITE, '/w/a', '/w', '/wx/a', '/w/.git/a', '/extra/b', '/tmp/c', '/etc/d')).toEqual([
    true,
    true,
    false,
    false,
    true,
    true,
    false,
  ])
  expect(may(READ, '/w/a')).toEqual([false])
  expect(may({ type: 'dangerFullAccess' }, '/etc/d')).toEqual([true])
})

test('agent sandbox: no command comes to the socket of the server that keeps it in', () => {
  const control = '/w/home/app-server-control/app-server-control.sock'
  for (const policy of [{ ...WRITE, networkAccess: true }, READ])
    expect(access(sandboxOf(scope(policy, { keptPaths: ['/w/home'] })), control)).toEqual(['deny'])
})

test('agent sandbox: a home that lies where may be written is not, but a workspace within it is', () => {
  const home = scope(WRITE, { keptPaths: ['/w/home'] })
  expect(access(sandboxOf(home), '/w/home/rules/default.rules', '/w/a')).toEqual(['read', 'write'])
  expect(['/w/home/config.toml', '/w/home', '/w/a'].map((path) => mayWrite(home, path))).toEqual([false, false, true])
  const inside = scope(WRITE, { keptPaths: ['/'], workspaceRoots: ['/w'] })
  expect([access(sandboxOf(inside), '/w/a'), mayWrite(inside, '/w/a')]).toEqual([['write'], true])
})
