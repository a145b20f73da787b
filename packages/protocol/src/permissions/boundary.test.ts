/** Proves what boundaries refuse and how far they reach, by the language-neutral vectors. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { refusal } from '../../test/refusal.ts'
import vectors from '../../vectors/boundaries.json' with { type: 'json' }
import type { Permission, TunnelAction } from '../permissions.ts'
import type { Boundary } from './boundary.ts'
import { compileBoundary, type Reach, type Target } from './compile-boundary.ts'
import { decide, type Layer, refusalOf } from './decide.ts'
import { intersectBoundaries, intersectPermissions } from './intersect.ts'
import { parseBoundary, readBoundary } from './parse-boundary.ts'
import { canonicalPath } from './path.ts'
import { printBoundary } from './print-boundary.ts'

/** The vectors use only what RE2 and JavaScript read alike. */
const regex = (pattern: string) => {
  const compiled = new RegExp(pattern, 'u')
  return (text: string) => compiled.test(text)
}
const compile = (boundary: unknown) => compileBoundary(parseBoundary(boundary), regex)
const targets = vectors.targets as unknown as Readonly<Record<string, Target>>
const shown = (reach: Reach): unknown =>
  reach === undefined || reach === 'all' ? (reach ?? null) : [...reach].toSorted()
const asked = (action: string | null): TunnelAction | undefined => (action as TunnelAction | null) ?? undefined

describe('protocol boundary: refusals', () => {
  it.each(vectors.refused)('protocol boundary: refuses $at: $problem', ({ boundary, at, problem }) => {
    verifies('token.resources', 'limits.table')
    const { code, details } = refusal(() => parseBoundary(boundary))
    expect({ code, details }).toEqual({ code: 'BOUNDARY_INVALID', details: { at, problem } })
  })

  it('protocol boundary: refuses what is not JSON, and what the regex compiler throws at', () => {
    expect(refusal(() => readBoundary('{')).details).toEqual({ at: 'it', problem: 'it is not JSON' })
    expect(refusal(() => readBoundary(' '.repeat(70_000))).code).toBe('BOUNDARY_INVALID')
    expect(refusal(() => compile({ tunnels: { list: { name: { regex: '(' } } } })).details).toEqual({
      at: 'it',
      problem: 'the regex "(" is not of the RE2 kind, or too large',
    })
  })

  it('protocol boundary: refuses keys of prototypes', () => {
    for (const text of [
      '{"__proto__":{}}',
      '{"tunnels":{"__proto__":true}}',
      '{"tunnels":{"list":{"labels":{"__proto__":"x"}}}}',
    ])
      expect(refusal(() => readBoundary(text)).code).toBe('BOUNDARY_INVALID')
  })
})

describe('protocol boundary: reach', () => {
  it.each(vectors.cases)('protocol boundary: $boundary reaches by $action', ({ boundary, action, reaches }) => {
    verifies('token.resources')
    const reach = compile(boundary)
    const found = Object.keys(reaches).map((name) => [
      name,
      shown(reach({ target: targets[name] as Target, action: asked(action) })),
    ])
    expect(Object.fromEntries(found)).toEqual(reaches)
  })

  it.each(vectors.clients)('protocol boundary: $boundary reaches clients by $action: $reach', (one) => {
    const ask = { target: targets['project'] as Target, action: asked(one.action), wholly: true }
    expect(shown(compile(one.boundary)(ask))).toEqual(one.reach)
  })

  it.each(vectors.connects)('protocol boundary: $boundary reaches the path $path: $reach', (one) => {
    verifies('token.resources')
    const target = { ...targets['web'], ...(one.path !== null && { path: one.path }) }
    expect(shown(compile(one.boundary)({ target, action: 'connect' }))).toEqual(one.reach)
  })

  it.each(vectors.paths)('protocol boundary: reads the path $raw as $path', ({ raw, path }) => {
    verifies('token.resources')
    expect(canonicalPath(raw) ?? null).toBe(path)
  })

  it('protocol boundary: lets no empty list pass for one whose items all pass', () => {
    verifies('token.resources')
    const reach = compile({ tunnels: { create: { trustedIps: { regex: '^10[.]' } } } })
    const asked = (trustedIps: readonly string[]) =>
      reach({ target: { tunnel: { kind: 'http', trustedIps: [...trustedIps] } }, action: 'create' })
    expect([asked([]), asked(['10.0.0.0/8', '0.0.0.0/0']), asked(['10.0.0.0/8'])]).toEqual([
      undefined,
      undefined,
      'all',
    ])
  })

  it('protocol boundary: is written so that it reads back, in one order of keys', () => {
    for (const { boundary } of vectors.cases) {
      const parsed = parseBoundary(boundary)
      expect(readBoundary(printBoundary(parsed))).toEqual(parsed)
    }
    expect(printBoundary({ tunnels: { list: true, connect: { name: 'a' } }, projects: ['prj_1'] })).toBe(
      '{"projects":["prj_1"],"tunnels":{"connect":{"name":"a"},"list":true}}',
    )
  })
})

describe('protocol rights', () => {
  it.each(vectors.intersections)('protocol rights: $a and $b have $both in common', ({ a, b, both }) => {
    verifies('token.resources')
    expect(intersectBoundaries(a as Boundary | null, b as Boundary | null)).toEqual(both)
  })

  it.each(vectors.permissions)('protocol rights: of $a and $b remains $both', ({ a, b, both }) => {
    expect(intersectPermissions(a as Permission[] | null, b as Permission[] | null)).toEqual(both)
  })

  it('protocol rights: refuses an intersection over a bound', () => {
    const wide = (id: string) => ({ projects: Array.from({ length: 150 }, (_, n) => `prj_${id}${'x'.repeat(55)}${n}`) })
    expect(refusal(() => intersectBoundaries(wide('a'), wide('b'))).code).toBe('BOUNDARY_INVALID')
  })

  it.each(vectors.decisions)('protocol decide: $decision.reason for $rules of $target by $layers', (one) => {
    verifies('token.resources')
    const layers = one.layers.map(
      ({ name, permissions, resources }): Layer => ({
        name,
        permissions: permissions as Permission[] | null,
        resources: resources && compile(resources),
      }),
    ) as [Layer, ...Layer[]]
    const target = targets[one.target] as Target
    const { select, ...decision } = decide({ op: { rules: one.rules }, actor: one.actor ?? undefined, target, layers })
    expect({ ...decision, ...(select && { select: [...select] }) }).toEqual(one.decision)
  })

  it('protocol decide: says little to who proved nothing or is of another project', () => {
    const told = (reason: 'anonymous' | 'project' | 'permission' | 'boundary') =>
      refusalOf({ allow: false, reason, missingPermission: 'mcp' }).code
    expect([told('anonymous'), told('project'), told('permission'), told('boundary')]).toEqual([
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
      'FORBIDDEN',
      'OUT_OF_BOUNDS',
    ])
  })
})
