/** Proves who may call what: the handshake, unknown methods, params and experimental ones, in the words that stock clients know. */
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ask, MemoryWire } from '../exec-server/peer.fixture.ts'
import { type Caller, method } from './method.ts'
import { connectTo, HELLO, openWith } from './server.fixture.ts'

const TABLE = {
  'thing/read': method<object, { name: string; extra?: unknown; mode?: string | undefined; on?: boolean | undefined }>({
    params: z.looseObject({
      name: z.string(),
      extra: z.unknown().optional(),
      on: z.boolean().optional(),
      mode: z.enum(['a', 'b', 'c']).optional(),
    }),
    experimentalFields: ['extra'],
    run: (_services, { name }) => ({ name }),
  }),
  'thing/try': method({ params: z.looseObject({}), experimental: true, run: () => ({}) }),
  'thing/begin': method({ params: z.looseObject({}), begins: true, run: () => ({}) }),
  'thing/tell': method({
    params: z.looseObject({}),
    run: (_services: object, _params, caller: Caller) => {
      caller.notify('thing/told', {})
      caller.notify('thing/unwanted', {})
      return {}
    },
  }),
}

const words = async (wire: MemoryWire, name: string, params: unknown) => (await ask(wire, name, params)).error

const refused = (message: string) => ({ code: -32600, message })

describe('app-server', () => {
  it('app-server: turns away who has not said hello, or says it twice', async () => {
    verifies('app.initialize')
    const wire = await connectTo(openWith(TABLE))
    expect(await words(wire, 'thing/read', { name: 'x' })).toEqual(refused('Not initialized'))
    expect(await words(wire, 'initialize', {})).toEqual(refused('Invalid request: missing field `clientInfo`'))
    expect((await ask(wire, 'initialize', HELLO)).result).toMatchObject({
      userAgent: expect.stringMatching(/^test\/0\.169\.0 .*\(test; 0\.1\.0\)$/) as string,
      codexHome: '/home/ann/.towline',
      platformFamily: 'unix',
      towline: { version: '1.2.3', seq: true, methods: [] },
    })
    expect(await words(wire, 'initialize', HELLO)).toEqual(refused('Already initialized'))
    expect((await ask(wire, 'thing/read', { name: 'x' })).result).toEqual({ name: 'x' })
  })

  it.each([
    [
      'thing/none',
      {},
      'unknown variant `thing/none`, expected one of `initialize`, `thing/read`, `thing/try`, `thing/begin`, `thing/tell`',
    ],
    [
      '__proto__',
      {},
      'unknown variant `__proto__`, expected one of `initialize`, `thing/read`, `thing/try`, `thing/begin`, `thing/tell`',
    ],
    ['thing/read', undefined, 'missing field `params`'],
    ['thing/read', {}, 'missing field `name`'],
    ['thing/read', { name: 5 }, 'invalid type: integer `5`, expected a string'],
    ['thing/read', { name: null }, 'invalid type: null, expected a string'],
    ['thing/read', { name: ['a'] }, 'invalid type: sequence, expected a string'],
    ['thing/read', { name: 'a', on: 'yes' }, 'invalid type: string "yes", expected a boolean'],
    ['thing/read', { name: 'a', mode: 'd' }, 'unknown variant `d`, expected one of `a`, `b`, `c`'],
  ])('app-server: says what is wrong with %s %j', async (name, params, problem) => {
    verifies('app.initialize')
    const wire = await connectTo(openWith(TABLE), {})
    wire.sink?.message(JSON.stringify({ id: 'q', method: name, params }))
    const { error } = await wire.said('the refusal', ({ id }) => (id as unknown) === 'q')
    expect(error).toEqual(refused(`Invalid request: ${problem}`))
  })

  it('app-server: keeps what is experimental to who asked for it', async () => {
    verifies('app.initialize')
    const opened = openWith(TABLE)
    const plain = await connectTo(opened, { experimentalApi: false })
    const bold = await connectTo(opened, { experimentalApi: true })
    const needs = (what: string) => refused(`${what} requires experimentalApi capability`)
    expect(await words(plain, 'thing/try', {})).toEqual(needs('thing/try'))
    expect(await words(plain, 'thing/read', { name: 'a', extra: 1 })).toEqual(needs('thing/read.extra'))
    expect((await ask(plain, 'thing/read', { name: 'a', extra: null })).result).toEqual({ name: 'a' })
    expect((await ask(bold, 'thing/try', {})).result).toEqual({})
    expect((await ask(bold, 'thing/read', { name: 'a', extra: 1 })).result).toEqual({ name: 'a' })
  })

  it('app-server: leaves out notifications that a client does not want', async () => {
    const wire = await connectTo(openWith(TABLE), { optOutNotificationMethods: ['thing/unwanted'] })
    await ask(wire, 'thing/tell', {})
    expect(wire.told.flatMap(({ method: name }) => name ?? [])).toEqual(['thing/told'])
  })

  it.each(['"s"', '7', '9223372036854775807', '-9007199254740993'])(
    'app-server: answers with the id %s as it came',
    async (id) => {
      verifies('app.transports')
      const raw: string[] = []
      const wire = new (class extends MemoryWire {
        override send(text: string): void {
          raw.push(text)
          super.send(text)
        }
      })()
      openWith(TABLE).server.serve(wire)
      wire.sink?.message(`{"id":${id},"method":"initialize","params":${JSON.stringify(HELLO)}}`)
      await wire.said('the answer', ({ result }) => result !== undefined)
      expect(raw[0]?.startsWith(`{"id":${id},"result":`)).toBe(true)
    },
  )

  it('app-server: passes over what is no message, and goes on', async () => {
    verifies('app.transports')
    const wire = await connectTo(openWith(TABLE), {})
    for (const text of [
      'garbage',
      '[]',
      '5',
      '{"id":1.5,"method":"thing/read"}',
      '{"id":null,"method":"x"}',
      '{"id":"x","result":{}}',
    ])
      wire.sink?.message(text)
    expect((await ask(wire, 'thing/read', { name: 'x' })).result).toEqual({ name: 'x' })
    expect(wire.told).toHaveLength(2)
  })

  it('app-server: begins nothing while it drains, and ends when nothing runs', async () => {
    verifies('app.health')
    let isIdle: () => void = () => undefined
    const idle = (): Promise<void> => new Promise((done) => void (isIdle = done))
    const opened = openWith(TABLE, { idle })
    const wire = await connectTo(opened, {})
    expect(await opened.server.health()).toMatchObject({ ready: true, draining: false, connections: 1 })
    const drained = opened.server.drain()
    expect(await words(wire, 'thing/begin', {})).toMatchObject({
      message: expect.stringContaining('shutting down') as string,
    })
    expect((await ask(wire, 'thing/read', { name: 'x' })).result).toEqual({ name: 'x' })
    expect(await opened.server.health()).toMatchObject({ ready: false, draining: true })
    isIdle()
    await drained
  })

  it('app-server: is not ready while something that it needs does not answer', async () => {
    verifies('app.health')
    const checks = [
      { name: 'good', run: () => Promise.resolve() },
      { name: 'bad', run: () => Promise.reject(new Error('no room')) },
    ]
    expect(await openWith({}, { checks }).server.health()).toMatchObject({
      ready: false,
      checks: { good: { ok: true }, bad: { ok: false, problem: 'no room' } },
    })
  })
})
