/** Proves what tunnels may not ask for, kind by kind, and that nothing is left behind by a refusal. */
import { AppError, KINDS, type Kind, LIMITS, SURFACES, type TunnelSpec } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { createRig, refusal, type Rig } from '../link/rig.fixture.ts'
import { checkSpec } from './spec.ts'

/** The code of the refusal, or undefined. */
const codeOf = (spec: TunnelSpec): string | undefined => {
  try {
    checkSpec(spec, LIMITS)
    return undefined
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

const OPTIONS: readonly (readonly [Partial<TunnelSpec>, string, ...Kind[]])[] = [
  [{ tokenAuth: true }, '--token-auth', 'http'],
  [{ trustedIps: ['10.0.0.0/8'] }, '--trusted-ips', 'http', 'tcp', 'tls'],
  [{ hostHeader: 'localhost:3000' }, '--host-header', 'http'],
  [{ httpVersion: 'h2c' }, '--http-version', 'http'],
  [{ httpVersion: 'http/1.1' }, '--http-version', 'http'],
  [{ port: 9000 }, '--port', 'tcp'],
  [{ tlsMode: 'passthrough' }, '--tls-mode', 'tls'],
  [{ tlsMode: 'terminated' }, '--tls-mode', 'tls'],
]

const CASES = OPTIONS.flatMap(([option, flag, ...kinds]) =>
  KINDS.map((kind) => ({ option, flag, kind, applies: kinds.includes(kind) })),
)

describe('engine edge options', () => {
  it.each(CASES.filter(({ applies }) => !applies))('refuses $option on a $kind tunnel', ({ option, flag, kind }) => {
    verifies('edge.refuse')
    try {
      checkSpec({ kind, ...option }, LIMITS)
      expect.unreachable()
    } catch (error) {
      const { code, message, next } = error as AppError
      expect([code, message]).toEqual([
        'EDGE_OPTION_UNSUPPORTED',
        `The option ${flag} does not apply to a ${kind} tunnel.`,
      ])
      expect(next).toMatch(/Leave it away|publish|private/i)
    }
  })

  it.each(CASES.filter(({ applies }) => applies))('takes $option on a $kind tunnel', ({ option, kind }) => {
    verifies('edge.refuse')
    expect(checkSpec({ kind, ...option }, LIMITS)).toEqual({ kind, labels: {}, ...option })
  })

  it.each(KINDS)('counts an option of a %s tunnel that is off as absent', (kind) => {
    expect(checkSpec({ kind, tokenAuth: false, trustedIps: [], port: 0 }, LIMITS)).toEqual({ kind, labels: {} })
  })

  it.each(SURFACES)('refuses to publish %s without a token check, on every kind', (surface) => {
    verifies('edge.loopback-trust')
    const codes = KINDS.map((kind) => codeOf({ kind, surface }))
    expect(codes).toEqual(['CONTROL_SURFACE_OPEN', 'CONTROL_SURFACE_OPEN', 'CONTROL_SURFACE_OPEN', undefined])
    expect(codeOf({ kind: 'http', surface, tokenAuth: true })).toBeUndefined()
    expect(codeOf({ kind: 'http', surface, trustedIps: ['127.0.0.1'] })).toBe('CONTROL_SURFACE_OPEN')
    expect(codeOf({ kind: 'tcp', surface, tokenAuth: true })).toBe('EDGE_OPTION_UNSUPPORTED')
  })

  it('refuses names, labels, networks and host headers that cannot be used', () => {
    expect(codeOf({ kind: 'http', name: 'Web' })).toBe('NAME_INVALID')
    expect(codeOf({ kind: 'http', name: 'api' })).toBe('NAME_RESERVED')
    expect(codeOf({ kind: 'http', labels: { a: '\u001b[2J' } })).toBe('LABEL_INVALID')
    expect(codeOf({ kind: 'http', trustedIps: ['10.0.0.0/99'] })).toBe('OPTION_INVALID')
    expect(codeOf({ kind: 'http', trustedIps: Array.from({ length: 129 }, () => '10.0.0.1') })).toBe('OPTION_INVALID')
    for (const hostHeader of ['a b', 'a\r\nx: y', 'u@h', 'h/p', '']) {
      expect(codeOf({ kind: 'http', hostHeader })).toBe('OPTION_INVALID')
    }
  })
})

describe('engine tunnel.open', () => {
  let rig: Rig
  afterEach(() => rig.close())

  it('leaves nothing behind when it refuses: no tunnel, no name, no event', async () => {
    verifies('edge.refuse', 'edge.loopback-trust')
    rig = createRig()
    const [anna, bert] = [await rig.linked('anna'), await rig.linked('bert')]
    const events = await rig.watch('anna')
    const specs: readonly TunnelSpec[] = [
      { kind: 'tcp', name: 'web', tokenAuth: true },
      { kind: 'private', name: 'web', trustedIps: ['10.0.0.0/8'] },
      { kind: 'http', name: 'web', surface: 'mcp' },
      { kind: 'tcp', name: 'web', port: 80 },
    ]
    const codes = []
    for (const spec of specs) codes.push((await refusal(anna.open(spec))).code)
    expect(codes).toEqual([
      'EDGE_OPTION_UNSUPPORTED',
      'EDGE_OPTION_UNSUPPORTED',
      'CONTROL_SURFACE_OPEN',
      'PORT_FORBIDDEN',
    ])

    await bert.open({ kind: 'http', name: 'web' })

    const created = await events.until('an event', ({ type }) => type !== 'state.initial')
    expect(created).toMatchObject({ type: 'tunnel.created', object: { name: 'web', owner: 'crd_bert' } })
  })
})
