/** Proves that what is declared of operations is whole, and that routes and the document are exactly what is declared. */
import { ALL_PERMISSIONS, LIMITS, type Permission, permissionsCovering, SELF_RULE } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import type { Caller } from './caller.ts'
import { documentOf } from './document.ts'
import { missingPermission } from './perform.ts'
import { openApiFixture } from './api.fixture.ts'
import { OPERATIONS, TAGS } from './registry.ts'

const document = documentOf({ publicUrl: 'https://towline.example', version: '0.1.0', limits: LIMITS })
const paths = document['paths'] as Record<string, Record<string, Record<string, unknown>>>
const documented = Object.entries(paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method} ${path}`),
)

describe('control api registry', () => {
  it('has no rule that no permission gives, and no operation without rules', () => {
    verifies('api.rules')
    const unreachable = OPERATIONS.filter(({ rules }) => rules.some((rule) => permissionsCovering(rule).length === 0))
    expect(unreachable.map(({ id }) => id)).toEqual([])
    expect(OPERATIONS.filter(({ rules }) => rules.length === 0)).toEqual([])
  })

  it('asks for all rules of an operation, and names the least permission for the first that is missing', () => {
    verifies('api.rules')
    const rules = [
      { resource: 'control.settings', action: 'read' },
      { resource: 'control.logs', action: 'read' },
    ] as const
    const missing = (...permissions: Permission[]) =>
      missingPermission({ rules: [...rules] }, { permissions } as unknown as Caller)
    expect([
      missing('settings.manage', 'logs.read'),
      missing('settings.read'),
      missing('logs.read'),
      missing(),
    ]).toEqual([...[undefined, 'logs.read', 'settings.read', 'settings.read']])
  })

  it('lets any permission see who it is', () => {
    expect([...permissionsCovering(SELF_RULE)].toSorted()).toEqual([...ALL_PERMISSIONS].toSorted())
  })

  it('names each operation, tool, and pair of method and path once', () => {
    for (const of of [
      OPERATIONS.map(({ id }) => id),
      OPERATIONS.flatMap(({ mcp }) => (mcp ? [mcp.name] : [])),
      OPERATIONS.map(({ method, path }) => `${method} ${path}`),
    ]) {
      expect(of.filter((one, at) => of.indexOf(one) !== at)).toEqual([])
    }
  })

  it('has no input that is in two of params, query and body, and names every parameter of its path', () => {
    const broken = OPERATIONS.filter(({ params, query, body, input, path }) => {
      const count = [params, query, ...(body ? [body] : [])].flatMap(({ shape }) => Object.keys(shape)).length
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      return count !== Object.keys(input.shape).length || String(inPath) !== String(Object.keys(params.shape))
    })
    expect(broken.map(({ id }) => id)).toEqual([])
  })

  it('puts each operation under a heading that is described', () => {
    const known = TAGS.map(([tag]) => tag)
    expect(OPERATIONS.filter(({ tag }) => !known.includes(tag))).toEqual([])
    expect(known.filter((tag) => !OPERATIONS.some((op) => op.tag === tag))).toEqual([])
  })

  it('serves exactly what the document tells, which is exactly what is declared', async () => {
    verifies('api.openapi')
    const { api, close } = await openApiFixture()
    await close()
    const declared = OPERATIONS.map(({ method, path }) => `${method} /api${path}`).toSorted()
    const served = api.routes
      .filter(({ method, path }) => method !== 'ALL' && path !== '/api/openapi.json')
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    expect(documented.toSorted()).toEqual(declared)
    expect(served.toSorted()).toEqual(declared)
  })
})
