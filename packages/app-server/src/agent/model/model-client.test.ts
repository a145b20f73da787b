import type { ServerResponse } from 'node:http'
import { verifies } from '@towline/testkit'
import { afterEach, expect, test } from 'vitest'
import {
  type Asked,
  completed,
  type Event,
  eventText,
  type FakeModel,
  functionCall,
  message,
  openFakeModel,
  says,
  saying,
  stream,
} from '../model.fixture.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { AnswerReader } from './answer-reader.ts'
import { ModelClient } from './model-client.ts'
import { ModelFailure } from './model-failure.ts'
import { waitMs, withRetries } from './retry.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const open = async (script: Parameters<typeof openFakeModel>[0]): Promise<FakeModel> => {
  const model = await openFakeModel(script)
  closing.push(() => model.close())
  return model
}

const env = { FAKE_KEY: 'sk-secret' }
const bounds = { eventBytes: 2000, answerBytes: 20_000, errorBytes: 1000 }

/** What a request ends with. */
const ask = async (model: FakeModel, over: Parameters<FakeModel['provider']>[0] = {}): Promise<unknown> => {
  const client = new ModelClient({ provider: model.provider(over), env, threadId: 't1', bounds })
  const reader = new AnswerReader({ teller: undefined, whole: () => undefined, newId: () => 'new' })
  try {
    for await (const event of client.ask({ model: 'm', input: [], stream: true }, new AbortController().signal))
      if (reader.take(event)) return reader.items
    return 'closed'
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error
    const { info, message: said, retryable, during } = error
    return { info, message: said, retryable, during }
  }
}

const body =
  (status: number, text: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  (response: ServerResponse): void => {
    response.writeHead(status, headers).end(text)
  }
const raw = (text: string) => (response: ServerResponse) => void stream(response).end(text)
const events = (...all: readonly Event[]) => raw(all.map(eventText).join(''))

test('agent model: sends the key, headers and query of the provider, and nothing of this machine', async () => {
  verifies('agent.loop')
  const model = await open([says('hi')])
  await ask(model, { envKey: 'FAKE_KEY', headers: { 'x-team': 'blue' }, queryParams: { 'api-version': '7' } })
  const { url, headers } = model.asked[0] as Asked
  expect(url).toBe('/v1/responses?api-version=7')
  expect(headers).toMatchObject({
    authorization: 'Bearer sk-secret',
    'x-team': 'blue',
    'thread-id': 't1',
    'user-agent': 'towline',
  })
  expect(Object.keys(headers).filter((name) => name.startsWith('x-stainless'))).toEqual([])
})

test('agent model: a key that is not set is asked for by its name', async () => {
  const model = await open([])
  expect(await ask(model, { envKey: 'OTHER_KEY' })).toMatchObject({
    ...{ info: 'unauthorized', retryable: false },
    message: expect.stringContaining('set the variable OTHER_KEY') as string,
  })
  expect(model.asked).toEqual([])
})

const SENSELESS: readonly (readonly [string, (response: ServerResponse) => void, RegExp])[] = [
  ['HTML', body(200, '<html>Sign in</html>', { 'content-type': 'text/html' }), /answered "text\/html"/],
  ['JSON where a stream was asked for', body(200, '{}'), /answered "application\/json"/],
  ['an event that is not JSON', raw('data: {"type": \n\n'), /not JSON/],
  ['an event without a type', raw('data: {"a":1}\n\n'), /without a type/],
  ['an event that is no object', raw('data: [1]\n\n'), /without a type/],
  ['an endless event', raw(`data: ${'x'.repeat(3000)}`), /event of more than 2000 bytes/],
  ['an endless answer', raw('data: {"type":"response.x"}\n\n'.repeat(1000)), /more than 20000 bytes/],
  ['a delta after the end of its item', events(...saying(['a']), delta('b')), /went on after its end/],
  ['an item that ends twice', events(...saying(['a']), done(message('a'))), /ended twice/],
  ['an item that begins twice', events(added(message('', 'm')), added(message('', 'm'))), /began twice/],
  ['an end before the end of an item', events(added(message('', 'm')), completed()), /before the items in it/],
  ['an item without an item', events({ type: 'response.output_item.done' }), /without its item/],
  ['a delta without text', events({ type: 'response.output_text.delta', item_id: 'a' }), /without its delta/],
  ['a call without a name', events(done({ type: 'function_call', call_id: 'c', arguments: '{}' })), /without its name/],
  [
    'a delta of another sort',
    events(added(message('', 'm')), { type: 'response.reasoning_text.delta', item_id: 'm', delta: 'x' }),
    /not of the sort/,
  ],
  [
    'a wrong index',
    events({ type: 'response.reasoning_summary_part.added', item_id: 'r', summary_index: 1e9 }),
    /wrong summary_index/,
  ],
]

test.each(SENSELESS)('agent model: %s ends in a clear failure', async (_, answer, said) => {
  const model = await open([answer])
  expect(await ask(model)).toMatchObject({
    info: 'other',
    message: expect.stringMatching(said) as string,
    retryable: false,
  })
})

function delta(text: string): Event {
  return { type: 'response.output_text.delta', item_id: 'msg_1', delta: text }
}
function done(item: object): Event {
  return { type: 'response.output_item.done', item }
}
function added(item: object): Event {
  return { type: 'response.output_item.added', item }
}

const error = (code: string, said = 'No.') => JSON.stringify({ error: { code, message: said } })
const FAILURES: readonly (readonly [string, (response: ServerResponse) => void, unknown, boolean])[] = [
  ['400', body(400, error('x')), 'badRequest', false],
  ['401', body(401, error('invalid_api_key')), 'unauthorized', false],
  ['403', body(403, 'no'), 'unauthorized', false],
  ['404', body(404, 'no'), { httpConnectionFailed: { httpStatusCode: 404 } }, false],
  ['404 of a model', body(404, error('model_not_found')), 'modelNotFound', false],
  ['400 of a long context', body(400, error('context_length_exceeded')), 'contextWindowExceeded', false],
  ['429', body(429, error('rate_limit_exceeded')), 'rateLimitExceeded', true],
  ['429 without quota', body(429, error('insufficient_quota')), 'usageLimitExceeded', false],
  ['500', body(500, 'oops'), { httpConnectionFailed: { httpStatusCode: 500 } }, true],
  ['503', body(503, ''), 'serverOverloaded', true],
  [
    'a redirect',
    body(302, '', { location: 'http://127.0.0.1:1/' }),
    { httpConnectionFailed: { httpStatusCode: 302 } },
    false,
  ],
  ['a long error', body(500, 'x'.repeat(100_000)), { httpConnectionFailed: { httpStatusCode: 500 } }, true],
  [
    'response.failed',
    events({ type: 'response.failed', response: { error: { code: 'server_is_overloaded', message: 'Busy.' } } }),
    'serverOverloaded',
    true,
  ],
  ['error', events({ type: 'error', code: 'rate_limit_exceeded', message: 'Slow down.' }), 'rateLimitExceeded', true],
  [
    'error inside',
    events({ type: 'error', error: { code: 'rate_limit_exceeded', message: 'Slow.' } }),
    'rateLimitExceeded',
    true,
  ],
  [
    'response.incomplete',
    events({ type: 'response.incomplete', response: { incomplete_details: { reason: 'max_output_tokens' } } }),
    'other',
    false,
  ],
  [
    'a lost connection',
    (response) => void stream(response).write('data: {"type":"response.created"}\n\n', () => response.destroy()),
    { responseStreamDisconnected: { httpStatusCode: null } },
    true,
  ],
]

test.each(FAILURES)('agent model: %s is told as what it is', async (_, answer, info, retryable) => {
  const model = await open([answer])
  expect(await ask(model)).toMatchObject({ info, retryable })
})

test('agent model: nobody there', async () => {
  const model = await open([])
  await model.close()
  closing.length = 0
  expect(await ask(model)).toMatchObject({ info: { httpConnectionFailed: { httpStatusCode: null } }, retryable: true })
})

test('agent model: silence is a failure', async () => {
  const model = await open([(response) => void stream(response).write(': hello\n\n')])
  expect(await ask(model, { streamIdleTimeoutMs: 50 })).toMatchObject({
    message: expect.stringContaining('too long') as string,
    retryable: true,
  })
})

test('agent model: the key is not in what an endpoint says of it', async () => {
  const model = await open([body(401, error('invalid_api_key', 'Incorrect key sk-secret.'))])
  expect(await ask(model, { envKey: 'FAKE_KEY' })).toMatchObject({
    message: expect.stringContaining('Incorrect key [key].') as string,
  })
})

test('agent model: items that are told only with the end count', async () => {
  const end = completed() as { readonly response: object } & Event
  const model = await open([events({ ...end, response: { ...end.response, output: [message('late')] } })])
  expect(await ask(model)).toMatchObject([{ id: 'msg_1' }])
})

test('agent model: calls of tools are kept as they came', async () => {
  const call = functionCall('x', { a: 1 }, 'c1')
  const model = await open([events(done(call), completed())])
  expect(await ask(model)).toEqual([call])
})

const busy = (retryAfterMs?: number, during: 'request' | 'stream' = 'request') =>
  new ModelFailure({ message: 'Busy.', info: 'serverOverloaded', retryable: true, during, retryAfterMs })

test('agent model: asks again as often as the provider says, longer apart each time', async () => {
  const model = await open([])
  const [waits, told]: [number[], string[]] = [[], []]
  const failing = withRetries(() => Promise.reject(busy()), {
    provider: model.provider({ requestMaxRetries: 3, streamMaxRetries: 9 }),
    signal: new AbortController().signal,
    retrying: (_, attempt, most) => void told.push(`${attempt}/${most}`),
    wait: (ms) => {
      waits.push(ms)
      return Promise.resolve()
    },
    random: () => 0.5,
  })
  await expect(failing).rejects.toMatchObject({
    message: 'Busy. (tried 4 times)',
    info: 'serverOverloaded',
    retryable: false,
  })
  expect([waits, told]).toEqual([
    [200, 400, 800],
    ['1/3', '2/3', '3/3'],
  ])
})

test('agent model: waits as long as the endpoint asks, within bounds', () => {
  expect(waitMs(busy(5000), 1, () => 0)).toBe(5000)
  expect(waitMs(busy(1e9), 1, () => 0)).toBe(30_000)
  expect([0, 1].map((random) => Math.round(waitMs(busy(), 3, () => random)))).toEqual([720, 880])
})

test('agent model: requests of a thread share connections', async () => {
  const model = await open(() => says('a'))
  const client = new ModelClient({ provider: model.provider(), env, threadId: 't1', bounds })
  const ports = new Set<string>()
  for (let request = 0; request < 6; request += 1) {
    const reader = new AnswerReader({ teller: undefined, whole: () => undefined, newId: () => 'new' })
    for await (const event of client.ask({ model: 'm', input: [], stream: true }, new AbortController().signal))
      if (reader.take(event)) break
    await model.idle()
    ports.add(model.asked.at(-1)?.peer ?? '')
  }
  expect(ports.size).toBeLessThan(6)
})

test('agent model: an interrupt ends the connection at once', async () => {
  const model = await open([(response) => void stream(response).write('data: {"type":"response.created"}\n\n')])
  const client = new ModelClient({ provider: model.provider(), env, threadId: 't1', bounds })
  const person = new AbortController()
  const read = async () => {
    for await (const _event of client.ask({ model: 'm', input: [], stream: true }, person.signal))
      person.abort(new Error('enough'))
  }
  await expect(read()).rejects.toThrow('enough')
  await model.idle()
})

test('agent model: bounds are of one event, wherever its bytes are cut', async () => {
  const part = (text: string) => new TextEncoder().encode(text)
  const event = `data: ${'x'.repeat(100)}`
  for (const end of ['\n\n', '\r\n\r\n', '\r\r'])
    for (let at = 1; at < end.length; at += 1) {
      const parts = Array.from({ length: 50 }, () => [event + end.slice(0, at), end.slice(at)]).flat()
      const body = new ReadableStream({ start: (to) => (parts.forEach((one) => to.enqueue(part(one))), to.close()) })
      const ask = boundedFetch(() => Promise.resolve(new Response(body)), { ...bounds, eventBytes: 300 })
      expect((await (await ask('http://x')).text()).length).toBe(parts.join('').length)
    }
})
