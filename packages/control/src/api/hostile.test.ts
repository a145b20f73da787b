/** Proves that no text of a caller makes an operation fail, on whichever database: it is taken, or refused in words. */
import { verifies } from '@towline/testkit/verifies'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiFixture, openApiFixture } from './api.fixture.ts'
import { OPERATIONS } from './registry.ts'
import { type Sample, SAMPLES, type World, worldOf } from './samples.fixture.ts'

/** What a database, a regex or a terminal could choke on. */
const TEXTS = [
  ...['\0', 'a\0b', '\ud800', '\u001b[2J', '__proto__', 'constructor', "'; drop table audit; --", '%', '\\'],
  ...['-'.repeat(300), 'a@'.repeat(2_000), '9'.repeat(400), '{"a":1}', '../..', '😀'.repeat(70)],
]

/** Every way to put a text in place of one that is there: in the path, the query and the body. */
const spoiled = ({ path, body }: Sample, text: string): readonly Sample[] => {
  const [route = '', query] = path.split('?')
  const parts = route.split('/')
  const inPath = parts.slice(2).map((_, at) => ({
    path: `${parts.with(at + 2, encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'))).join('/')}${query === undefined ? '' : `?${query}`}`,
    body,
  }))
  const names = [
    ...new Set([...new URLSearchParams(query).keys(), 'cursor', 'limit', 'userId', 'since', 'labels', 'tunnel']),
  ]
  const inQuery = names.map((name) => {
    const fields = new URLSearchParams(query)
    fields.set(name, text)
    return { path: `${route}?${fields}`, body }
  })
  return [...inPath, ...inQuery, ...within(body, text).map((changed) => ({ path, body: changed }))]
}

/** Copies of a value, each with one leaf or key replaced. */
const within = (value: unknown, text: string): readonly unknown[] => {
  if (value === undefined) return []
  if (typeof value !== 'object' || value === null) return [text]
  const entries = Object.entries(value)
  const leaves = entries.flatMap(([key, one]) => within(one, text).map((changed) => ({ ...value, [key]: changed })))
  return Array.isArray(value) ? [[text], text] : [...leaves, Object.fromEntries([...entries, [text, text]])]
}

describe('control api: hostile texts', () => {
  let fixture: ApiFixture
  let token: string
  let world: World
  beforeAll(async () => {
    fixture = await openApiFixture({ turn: { urls: ['turn:turn.example.com:3478'], secret: 'turn secret' } })
    token = (await fixture.person('owner')).token
    world = await worldOf(fixture, token)
  })
  afterAll(() => fixture.close())

  it.each(OPERATIONS.map((op) => [op.id, op] as const))(
    'control api: %s answers or refuses them all',
    async (id, op) => {
      verifies('api.problem')
      const sample = SAMPLES[id]?.(world) as Sample
      const failed: unknown[] = []
      let count = 0
      for (const text of TEXTS) {
        for (const { path, body } of spoiled(sample, text)) {
          count++
          const headers = op.idempotency ? { 'idempotency-key': `hostile-${count}` } : {}
          const answer = await fixture.ask(op.method.toUpperCase(), path, { token, body, headers })
          // A caller that takes its time is not told to wait.
          fixture.clock.ms += 100
          const isBounded = answer.status === 429 && answer.body.code !== 'LIMIT_REACHED'
          if (answer.status >= 500 || isBounded) failed.push([path, body, answer.body.code])
        }
      }
      expect(failed).toEqual([])
    },
  )

  it('control api: refuses bodies that are nested without end, also with a key', async () => {
    verifies('api.problem', 'token.resources')
    const deep = `${'{"AND":['.repeat(20_000)}${']}'.repeat(20_000)}`
    for (const [path, more] of [
      ['/tokens', '"name":"ci"'],
      ['/delegated-tokens', '"ttlSeconds":60'],
    ]) {
      const body = `{"projectId":"${world.projectId}","permissions":["tunnels.list"],${more},"resources":${deep}}`
      for (const headers of [{}, { 'idempotency-key': 'deep' }] as Record<string, string>[]) {
        const answer = await fixture.ask('POST', path as string, { token, body, headers })
        expect([path, answer.status, answer.body.code]).toEqual([path, 400, 'REQUEST_INVALID'])
      }
    }
  })
})
