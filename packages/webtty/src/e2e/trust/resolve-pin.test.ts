/** Proves the table of pins: when to encrypt, when to stop, and that nothing is trusted on first use. */
import { AppError } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { CLIENT, SERVER } from '../e2e.fixture.ts'
import { serverChanged, unknownServer } from '../pin-errors.ts'
import { resolvePin } from './resolve-pin.ts'

const common = { key: SERVER.endpoint.text, clientIdentity: 'mine', addedAt: 1 }
const ANY = { ...common, name: 'shell' }
const DEV = { ...common, name: 'shell', project: 'dev' }
const OPS = { ...common, name: 'shell', project: 'ops' }

const answer = (ask: Omit<Parameters<typeof resolvePin>[0], 'name'>): unknown => {
  try {
    return resolvePin({ name: 'shell', ...ask }).pinned ?? 'plain'
  } catch (error) {
    return error instanceof AppError ? error.code : error
  }
}

describe('webtty e2e: what pins mean', () => {
  const [required, disabled] = ['required', 'disabled'] as const
  const rows: readonly (readonly [string, Parameters<typeof answer>[0], unknown])[] = [
    ['no pin, encryption asked for', { knownServers: [], advertised: required }, 'E2E_SERVER_UNKNOWN'],
    [
      'a pin of another project, encryption asked for',
      { knownServers: [DEV], project: 'ops', advertised: required },
      'E2E_SERVER_UNKNOWN',
    ],
    ['a pin, no encryption', { knownServers: [ANY], advertised: disabled }, 'E2E_REQUIRED'],
    [
      'a pin of the project, no encryption',
      { knownServers: [DEV], project: 'dev', advertised: disabled },
      'E2E_REQUIRED',
    ],
    ['pins of two projects, none named', { knownServers: [DEV, OPS] }, 'E2E_SERVER_AMBIGUOUS'],
    ['pins of a project and of any, none named', { knownServers: [ANY, OPS] }, 'E2E_SERVER_AMBIGUOUS'],
    ['no pin, nothing said', { knownServers: [] }, 'plain'],
    ['no pin, no encryption', { knownServers: [], advertised: disabled }, 'plain'],
    ['a pin, nothing said', { knownServers: [ANY] }, ANY],
    ['a pin, encryption asked for', { knownServers: [ANY], advertised: required }, ANY],
    [
      'a pin by slug, asked for by id: it may be the same',
      { knownServers: [DEV], project: 'prj_1' },
      'E2E_SERVER_AMBIGUOUS',
    ],
    ['a pin of another slug', { knownServers: [DEV], project: 'ops' }, 'plain'],
    ['the only pin of the name', { knownServers: [DEV] }, DEV],
    ['the pin of the project before that for any', { knownServers: [ANY, DEV], project: 'dev' }, DEV],
    ['the pin for any where the project has none', { knownServers: [ANY, DEV], project: 'ops' }, ANY],
  ]
  it.each(rows)('%s', (_case, ask, expected) => {
    verifies('e2e.known', 'e2e.fail-first')
    expect(answer(ask)).toEqual(expected)
  })

  it('names the command that sets it right, and never a key that the server claims', () => {
    verifies('e2e.known')
    const unknown = unknownServer({ name: 'shell', project: 'dev' }, CLIENT.endpoint)
    expect(unknown.next).toContain(
      'towline webtty known-server add shell --project dev --key KEY --client-identity IDENTITY',
    )
    expect(unknown.details).toMatchObject({ claimedFingerprint: CLIENT.endpoint.fingerprint })
    expect(JSON.stringify(unknown)).not.toContain(CLIENT.endpoint.text)
    const changed = serverChanged({ name: 'shell' }, SERVER.endpoint)
    expect(changed.next).toContain('towline webtty known-server remove shell')
    expect(changed.message).toContain(SERVER.endpoint.fingerprint)
    expect([unknown.row.exit, changed.row.exit]).toEqual([4, 4])
  })
})
