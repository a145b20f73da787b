/** Proves by random layers, boundaries and tunnels that nothing ever widens rights (token.monotone). */
import { verifies } from '@towline/testkit/verifies'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../errors.ts'
import { ALL_PERMISSIONS, type Permission, permissionRow, TUNNEL_ACTIONS } from '../permissions.ts'
import type { Boundary, TextMatch } from './boundary.ts'
import { type Ask, common, compileBoundary, type Reach, type Target } from './compile-boundary.ts'
import { decide, type Decision, type Layer } from './decide.ts'
import { SELECTABLE_FIELDS } from './fields.ts'
import { intersect, type Rights } from './intersect.ts'
import { parseBoundary, readBoundary } from './parse-boundary.ts'
import { canonicalPath } from './path.ts'
import { printBoundary } from './print-boundary.ts'

const RUNS = { seed: 7, numRuns: 1_000 }

const regex = (pattern: string) => {
  const compiled = new RegExp(pattern, 'u')
  return (text: string) => compiled.test(text)
}
const reachOf = (boundary: Boundary, ask: Ask): Reach => compileBoundary(boundary, regex)(ask)

/** Few values, so that boundaries and tunnels meet often. */
const word = fc.constantFrom('a', 'b', 'web', 'db')
const match: fc.Arbitrary<TextMatch> = fc.oneof(
  word,
  word.map((exact) => ({ exact })),
  fc.uniqueArray(word, { minLength: 1, maxLength: 3 }).map((oneof) => ({ oneof })),
  fc.constantFrom('^a$', 'b', '^(web|db)$', '.*').map((pattern) => ({ regex: pattern })),
)
const path = fc.constantFrom('/ws', '/a', '/a/b', '/public/x', '/public/../x', '/%2e%2e/a', '//a', '/%61')
const some = { requiredKeys: [] as never[] }
const fields = {
  name: match,
  kind: fc.constantFrom<TextMatch>('http', 'private', { oneof: ['tcp', 'http'] }),
  publish: fc.boolean(),
  tokenAuth: fc.boolean(),
  labels: fc.dictionary(fc.constantFrom('team', 'env'), fc.option(match), { minKeys: 1, maxKeys: 2 }),
}
const notEmpty = (value: object): boolean => Object.keys(value).length > 0
const select = fc
  .uniqueArray(fc.constantFrom(...SELECTABLE_FIELDS.slice(0, 5)), { minLength: 1, maxLength: 3 })
  .map((names) => Object.fromEntries(names.map((name) => [name, true as const])))
const params = fc.constantFrom('^/public/', '^/(ws|a)$', '.').map((pattern) => ({ path: { regex: pattern } }))
const scope = <T extends object>(more: T) =>
  fc.oneof(fc.constant(true as const), fc.record({ ...fields, ...more }, some).filter(notEmpty))
const tunnels = fc.record(
  { create: scope({}), connect: scope({ params }), list: scope({ select }), cut: scope({}) },
  some,
)
const ids = (prefix: string) =>
  fc.uniqueArray(fc.constantFrom(`${prefix}_1`, `${prefix}_2`), { minLength: 1, maxLength: 2 })
const leaf = fc.oneof(
  fc.record({ workspaces: ids('wsp'), tunnels }, some).filter(notEmpty),
  fc.record({ projects: ids('prj'), tunnels }, some).filter(notEmpty),
)
/** Big ones are over a bound; what is refused cannot be held. */
const fits = (node: Boundary): boolean => [...JSON.stringify(node).matchAll(/"regex"/g)].length <= 5
const boundary = fc
  .letrec<{ node: Boundary }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf as fc.Arbitrary<Boundary>,
      fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((AND) => ({ AND })),
      fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((OR) => ({ OR })),
    ),
  }))
  .node.filter(fits)
const target: fc.Arbitrary<Target> = fc.record(
  {
    workspaceId: fc.constantFrom('wsp_1', 'wsp_2'),
    projectId: fc.constantFrom('prj_1', 'prj_2'),
    tunnel: fc.record(
      {
        kind: fc.constantFrom('http' as const, 'private' as const, 'tcp' as const),
        name: word,
        tokenAuth: fc.boolean(),
        labels: fc.dictionary(fc.constantFrom('team', 'env'), word),
      },
      { requiredKeys: ['kind'] },
    ),
    path,
  },
  some,
)
const ask: fc.Arbitrary<Ask> = fc.record({
  target,
  action: fc.option(fc.constantFrom(...TUNNEL_ACTIONS), { nil: undefined }),
  wholly: fc.boolean(),
})

/** Whether `a` reaches no further than `b`. */
const within = (a: Reach, b: Reach): boolean => {
  if (a === undefined || b === 'all') return true
  return a !== 'all' && b !== undefined && [...a].every((field) => b.has(field))
}
const same = (a: Reach, b: Reach): boolean => within(a, b) && within(b, a)

const permissions = fc.option(fc.uniqueArray(fc.constantFrom(...ALL_PERMISSIONS), { maxLength: 6 }))
const rights: fc.Arbitrary<Rights> = fc.record({ permissions, resources: fc.option(boundary) })
const rule = fc.constantFrom(...ALL_PERMISSIONS.flatMap((permission: Permission) => permissionRow(permission).rules))
const rules = fc.array(rule, { minLength: 1, maxLength: 2 })
const layerOf = ({ permissions: held, resources }: Rights, index: number): Layer => ({
  name: `layer ${index}`,
  permissions: held,
  resources: resources && compileBoundary(resources, regex),
})
const asked = (
  layers: readonly Rights[],
  question: { rules: ReturnType<typeof permissionRow>['rules']; target: Target },
) =>
  decide({
    op: { rules: question.rules },
    actor: {},
    target: question.target,
    layers: layers.map(layerOf) as [Layer, ...Layer[]],
  })
const shownBy = ({ allow, select: fieldsShown }: Decision): Reach => (allow ? (fieldsShown ?? 'all') : undefined)

describe('protocol rights: monotone', () => {
  it('protocol rights: no layer added ever widens', () => {
    verifies('token.monotone')
    const layers = fc.array(rights, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(layers, rights, rules, target, (held, added, required, where) => {
        const question = { rules: required, target: where }
        const before = shownBy(asked(held, question))
        for (let place = 0; place <= held.length; place++) {
          expect(within(shownBy(asked(held.toSpliced(place, 0, added), question)), before)).toBe(true)
        }
      }),
      RUNS,
    )
  })

  it('protocol rights: what is minted allows what all layers allow together, and no more', () => {
    verifies('token.monotone', 'token.resources')
    fc.assert(
      fc.property(rights, rights, rights, fc.tuple(rule), target, (a, b, c, required, where) => {
        const question = { rules: required, target: where }
        const minted = intersect(a, b, c)
        expect(within(shownBy(asked([minted], question)), shownBy(asked([a, b, c], question)))).toBe(true)
        const [ours, theirs] = [[minted], [a, b, c]].map((layers) =>
          shownBy(
            asked(
              layers.map(({ resources }) => ({ permissions: null, resources })),
              question,
            ),
          ),
        )
        expect(same(ours, theirs)).toBe(true)
      }),
      RUNS,
    )
  })

  it('protocol boundary: AND narrows and OR widens no further than its branches; one branch is the branch', () => {
    verifies('token.monotone')
    fc.assert(
      fc.property(boundary, boundary, ask, (a, b, question) => {
        const [ofA, ofB] = [reachOf(a, question), reachOf(b, question)]
        expect(same(reachOf({ AND: [a, b] }, question), common(ofA, ofB))).toBe(true)
        const either = reachOf({ OR: [a, b] }, question)
        expect([within(ofA, either), within(ofB, either)]).toEqual([true, true])
        expect(either === undefined).toBe(ofA === undefined && ofB === undefined)
        expect(same(reachOf({ AND: [a] }, question), ofA) && same(reachOf({ OR: [a] }, question), ofA)).toBe(true)
      }),
      RUNS,
    )
  })

  it('protocol boundary: a text, exact, and oneof of one ask the same', () => {
    verifies('token.monotone')
    const forms = (text: string): TextMatch[] => [text, { exact: text }, { oneof: [text] }]
    fc.assert(
      fc.property(word, target, (text, where) => {
        const [first, ...others] = forms(text).map((name) =>
          reachOf({ tunnels: { list: { name } } }, { target: where, action: 'list' }),
        )
        expect(others).toEqual([first, first])
      }),
      RUNS,
    )
  })

  it('protocol boundary: shows no field that no branch selects', () => {
    verifies('token.monotone')
    const selected = (node: Boundary): readonly string[] | 'all' => {
      if ('AND' in node || 'OR' in node) {
        const branches = ('AND' in node ? node.AND : node.OR).map(selected)
        return branches.some((one) => one === 'all') ? 'all' : branches.flat()
      }
      const list = node.tunnels?.list
      return list === undefined || list === true || !list.select ? 'all' : Object.keys(list.select)
    }
    fc.assert(
      fc.property(boundary, target, (node, where) => {
        const reach = reachOf(node, { target: where, action: 'list' })
        const named = selected(node)
        if (named !== 'all' && reach !== undefined) {
          expect(reach === 'all' ? ['all'] : [...reach].filter((field) => !named.includes(field))).toEqual([])
        }
      }),
      RUNS,
    )
  })

  it('protocol boundary: reads back what it prints', () => {
    fc.assert(
      fc.property(boundary, (node) => {
        const parsed = parseBoundary(node)
        expect(readBoundary(printBoundary(parsed))).toEqual(parsed)
        expect(parsed).toEqual(node)
      }),
      RUNS,
    )
  })

  it('protocol boundary: answers or refuses any JSON, and throws nothing else', () => {
    const { node } = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 12 },
        fc.jsonValue(),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom(
            'AND',
            'OR',
            'projects',
            'tunnels',
            'list',
            'connect',
            'name',
            'labels',
            'regex',
            '__proto__',
          ),
          tie('node'),
          { maxKeys: 3 },
        ),
      ),
    }))
    const told = (value: unknown): unknown => {
      try {
        return reachOf(parseBoundary(value), { target: {} }) ?? 'all'
      } catch (error) {
        return error instanceof AppError ? error.code : error
      }
    }
    fc.assert(
      fc.property(node, (value) => ['all', 'BOUNDARY_INVALID'].includes(told(value) as string)),
      RUNS,
    )
  })

  it('protocol boundary: never reads a path with a way out, however it is written', () => {
    verifies('token.resources')
    const dot = fc.constantFrom('.', '%2e', '%2E', '%252e', '%ef%bc%8e', '%c0%ae')
    const dots = fc.tuple(dot, dot).map((pair) => pair.join(''))
    const slash = fc.constantFrom('/', '%2f', '%2F', '%5c', '\\', '//', '%252f', '%ef%bc%8f', '/./')
    const tail = fc.constantFrom('', ';', ';a=b', '%20', '%3b')
    const way = fc.tuple(slash, dots, tail, slash).map((parts) => parts.join(''))
    const around = fc.string({ unit: fc.constantFrom('a', 'b', '/', '-'), maxLength: 4 })
    fc.assert(
      fc.property(around, way, around, (before, out, after) => {
        expect(canonicalPath(`/public/${before}${out}${after}`)).toBe(undefined)
      }),
      RUNS,
    )
  })
})
