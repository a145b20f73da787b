/** Proves how questions about services are answered: who is turned away, that each is answered once, and what an old peer is told. */
import { silentLog } from '@towline/base'
import { AppError, type ExposeRequest, LIMITS, type MachineQuestion } from '@towline/protocol'
import { describe, expect, it } from 'vitest'
import { memoryCarriers } from '../carrier/memory-carriers.ts'
import { connectWebtty } from '../client/connection.ts'
import { FakeSessions } from '../session/fake-sessions.fixture.ts'
import { ANSWER, exposureOf, FakeExposer } from './fake-exposer.fixture.ts'
import { FACTS, rawRig } from './raw-peer.fixture.ts'
import { type Ask, serveConnection } from './serve-connection.ts'

interface Rig {
  readonly exposer?: FakeExposer
  readonly permit?: (ask: Ask) => void
  readonly key?: string
}

const rigOf = async ({ exposer, permit, key }: Rig) => {
  const { near, far, cut } = memoryCarriers()
  serveConnection({
    ...{ carrier: far, sessions: new FakeSessions(), facts: FACTS, log: silentLog() },
    ...(exposer && { exposer }),
    ...(permit && { permit }),
    ...(key !== undefined && { by: { key, roles: ['exec'] } }),
  })
  return { connection: await connectWebtty(near), cut }
}

const WEB: ExposeRequest = { id: 'web', port: 3000, protocol: 'http', publish: true }
const expose = (id: string): MachineQuestion => ({ use: 'expose', expose: { ...WEB, id } })
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  )

const USES: readonly MachineQuestion[] = [
  expose('web'),
  { use: 'exposed' },
  { use: 'unexpose', id: 'web' },
  { use: 'probe', probe: { port: 3000, protocol: 'http' } },
]

describe('webtty services: refuse', () => {
  it.each(USES)('all to a client that may not: $use', async (question) => {
    const exposer = new FakeExposer()
    const permit = (ask: Ask): void => {
      if (ask.use === 'machine') throw new AppError('FORBIDDEN', { permission: 'exec' })
    }
    const { connection } = await rigOf({ exposer, permit })
    expect(await codeOf(connection.ask(question))).toBe('FORBIDDEN')
    expect(exposer.by).toEqual([])
  })

  it.each(USES)('a server that knows no such questions, with nothing sent to it: $use', async (question) => {
    const asked: Ask[] = []
    const { connection } = await rigOf({ permit: (ask) => void asked.push(ask) })
    expect(await codeOf(connection.ask(question))).toBe('EXPOSE_UNSUPPORTED')
    expect(asked).toEqual([])
  })

  it('a client that asks all the same', async () => {
    const { peer } = rawRig()
    peer.hello()
    peer.send({ name: 'ask', stream: 0, body: { ask: 7, use: 'exposed' } })
    const { body } = await peer.next('answer')
    expect(body).toMatchObject({ ask: 7, last: true, error: { code: 'EXPOSE_UNSUPPORTED' } })
    expect(peer.frames.find(({ name }) => name === 'hello')?.body).toMatchObject({ features: [] })
  })

  it('an id that is not there, in the words of the server', async () => {
    const { connection } = await rigOf({ exposer: new FakeExposer() })
    await expect(connection.ask({ use: 'unexpose', id: 'nobody' })).rejects.toMatchObject({
      code: 'EXPOSURE_UNKNOWN',
      details: { id: 'nobody' },
    })
  })

  it('a question too many, and answer the others', async () => {
    const exposer = new FakeExposer()
    let open = (): void => {}
    exposer.gate = new Promise<void>((done) => {
      open = done
    })
    const { connection } = await rigOf({ exposer })
    const asked = Array.from({ length: LIMITS.webttyAsks }, (_, at) => connection.ask(expose(`e${at}`)))
    expect(await codeOf(connection.ask({ use: 'exposed' }))).toBe('LIMIT_REACHED')
    open()
    expect(await Promise.all(asked)).toHaveLength(LIMITS.webttyAsks)
    expect((await connection.ask({ use: 'exposed' })).exposures).toHaveLength(LIMITS.webttyAsks)
  })
})

describe('webtty services', () => {
  it('are exposed, listed in pages, asked and ended, each for who asks', async () => {
    const exposer = new FakeExposer()
    const { connection } = await rigOf({ exposer, key: 'ann' })
    const ids = Array.from({ length: 20 }, (_, at) => `e${at}`)
    for (const id of ids) expect(await connection.ask(expose(id))).toEqual({ exposures: [exposureOf({ ...WEB, id })] })
    expect((await connection.ask({ use: 'exposed' })).exposures.map(({ id }) => id)).toEqual(ids)
    expect(await connection.ask({ use: 'probe', probe: WEB })).toEqual({ exposures: [], probe: ANSWER })
    expect((await connection.ask({ use: 'unexpose', id: 'e3' })).exposures).toMatchObject([
      { id: 'e3', status: 'stopped' },
    ])
    expect((await connection.ask({ use: 'exposed' })).exposures).toHaveLength(19)
    expect(new Set(exposer.by)).toEqual(new Set(['ann']))
  })

  it('go on when who asked is cut off, who is told that nothing is known', async () => {
    const exposer = new FakeExposer()
    let open = (): void => {}
    exposer.gate = new Promise<void>((done) => {
      open = done
    })
    const { connection, cut } = await rigOf({ exposer })
    const asked = codeOf(connection.ask(expose('web')))
    await new Promise(setImmediate)
    cut()
    expect(await asked).toBe('WEBTTY_LOST')
    expect(await codeOf(connection.ask({ use: 'exposed' }))).toBe('WEBTTY_LOST')
    open()
    await exposer.gate
    await new Promise(setImmediate)
    expect([...exposer.all.keys()]).toEqual(['web'])
  })
})
