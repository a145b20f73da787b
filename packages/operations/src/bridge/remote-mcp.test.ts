/** Proves that a remote MCP server is spoken to by its own revision, and that none can harm who speaks to it. */
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { callRemoteTool } from './call-remote-tool.ts'
import { listRemoteTools } from './remote-tools.ts'
import { type Answer, legacy, modern, openRawStranger, openStranger, type Stranger, tool } from './stranger.fixture.ts'

const strangers: Stranger[] = []
afterEach(async () => {
  for (const stranger of strangers.splice(0)) await stranger.close()
})

const meet = async (answer: Answer): Promise<Stranger> => {
  const stranger = await openStranger(answer)
  strangers.push(stranger)
  return stranger
}

const signal = new AbortController().signal
const TOOLS = { tools: [tool('look', { annotations: { readOnlyHint: true } })] }
const MODERN_LIST = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' }

/** Answers lists as it should, and calls as `answer` does. */
const calls =
  (answer: Answer): Answer =>
  (turn) =>
    turn.heard.method === 'tools/list' ? turn.result(TOOLS) : answer(turn)

const call = async (stranger: Stranger, limits: Parameters<Stranger['open']>[0] = {}) =>
  await callRemoteTool({ remote: await stranger.open(limits), tool: 'look', arguments: {}, signal })

const refused = (code: string, problem: RegExp) => ({ code, message: expect.stringMatching(problem) as string })

describe('operations bridge', () => {
  it('operations bridge: speaks to a server without sessions by the revision of 2026-07-28', async () => {
    verifies('mcp.bridge.tools')
    const stranger = await meet(
      modern(({ heard, result, request }) => {
        if (heard.method === 'tools/list') return result({ ...MODERN_LIST, ...TOOLS })
        const { 'mcp-name': name, 'mcp-method': method, 'mcp-session-id': session } = request.headers
        result({ resultType: 'complete', content: [{ type: 'text', text: `${method} ${name} ${session}` }] })
      }),
    )
    const answer = await call(stranger)
    expect([answer.content, stranger.heard]).toEqual([
      [{ type: 'text', text: 'tools/call look undefined' }],
      ['POST server/discover', 'POST tools/list', 'POST tools/call'],
    ])
  })

  it('operations bridge: greets an older server, keeps its session, and ends it', async () => {
    verifies('mcp.bridge.tools')
    const stranger = await meet(
      legacy(
        calls(({ result, request }) =>
          result({ content: [{ type: 'text', text: String(request.headers['mcp-session-id']) }] }),
        ),
        'kept',
      ),
    )
    const remote = await stranger.open()
    const { content } = await callRemoteTool({ remote, tool: 'look', arguments: {}, signal })
    const { server } = remote
    await remote.close()
    expect([content, server, stranger.heard.at(-1)]).toEqual([
      [{ type: 'text', text: 'kept' }],
      { name: 's', version: '1', protocolVersion: '2025-11-25', stateful: true },
      'DELETE',
    ])
  })

  it('operations bridge: takes an answer from a stream of events, with notices before it', async () => {
    const stranger = await meet(
      legacy(
        calls(({ heard, events }) => {
          const stream = events()
          stream.send({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } })
          stream.send({ jsonrpc: '2.0', id: heard.id, result: { content: [{ type: 'text', text: 'done' }] } })
        }),
      ),
    )
    expect((await call(stranger)).content).toEqual([{ type: 'text', text: 'done' }])
  })

  it('operations bridge: opens a lost session anew, once, and says so', async () => {
    verifies('mcp.bridge.tools')
    let sessions = 0
    let isLost = true
    const greet = (turn: Parameters<Answer>[0]): void => {
      if (turn.heard.method === 'initialize') sessions += 1
      legacy(
        calls(({ response, result }) => {
          if (isLost) {
            isLost = false
            return void response.writeHead(404).end('{}')
          }
          result({ content: [] })
        }),
        `session-${sessions}`,
      )(turn)
    }
    const stranger = await meet(greet)
    const { sessionRestarted } = await call(stranger)
    expect([sessionRestarted, sessions]).toEqual([true, 2])
  })

  it('operations bridge: gives up on a server that loses every session', async () => {
    const stranger = await meet(
      legacy(
        calls(({ response }) => void response.writeHead(404).end('{}')),
        'gone',
      ),
    )
    await expect(call(stranger)).rejects.toMatchObject({ code: 'REMOTE_MCP_REFUSED' })
    expect(stranger.heard.filter((line) => line === 'POST tools/call')).toHaveLength(2)
  })

  it('operations bridge: cancels what is no longer wanted, at an older server by a word', async () => {
    const asked = new AbortController()
    let told: (id: unknown) => void = () => undefined
    const cancelled = new Promise((done) => (told = done))
    const stranger = await meet(
      legacy((turn) => {
        if (turn.heard.method === 'notifications/cancelled') {
          turn.response.writeHead(202).end()
          return told(turn.heard.params?.['requestId'])
        }
        if (turn.heard.method === 'tools/list') return turn.result(TOOLS)
        turn.events()
        asked.abort(new Error('enough'))
      }),
    )
    const remote = await stranger.open()
    const called = callRemoteTool({ remote, tool: 'look', arguments: {}, signal: asked.signal })
    await expect(called).rejects.toThrow('enough')
    expect(await cancelled).toEqual(expect.any(Number))
  })
})

/** What a server may do to a call, and what is said then. */
const HARM: readonly (readonly [string, Answer, ReturnType<typeof refused>])[] = [
  [
    'an answer without end',
    ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = (): void => {
        while (response.write(' '.repeat(16_384)));
        response.once('drain', more)
      }
      more()
    },
    refused('REMOTE_MCP_BROKEN', /longer than/),
  ],
  [
    'events without end',
    ({ events, response }) => {
      const stream = events()
      const notice = { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } }
      const more = (): void => {
        while (stream.send(notice));
        response.once('drain', more)
      }
      more()
    },
    refused('REMOTE_MCP_BROKEN', /more than 200 messages/),
  ],
  ['silence', () => undefined, refused('REMOTE_MCP_SILENT', /longer than/)],
  [
    'an answer by drops',
    ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const timer = setInterval(() => response.write(' '), 5)
      response.once('close', () => clearInterval(timer))
    },
    refused('REMOTE_MCP_SILENT', /longer than/),
  ],
  [
    'the id of another request',
    ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('{"jsonrpc":"2.0","id":999,"result":{"content":[]}}')
    },
    refused('REMOTE_MCP_BROKEN', /nobody asked/),
  ],
  [
    'no answer at all',
    ({ response }) => void response.writeHead(202).end(),
    refused('REMOTE_MCP_BROKEN', /ended without/),
  ],
  ['a stream that ends empty', ({ events }) => events().end(), refused('REMOTE_MCP_BROKEN', /ended without/)],
  [
    'a stream that is to be resumed for ever',
    ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end('id: 1\nretry: 0\ndata:\n\n')
    },
    refused('REMOTE_MCP_BROKEN', /more exchanges/),
  ],
  [
    'questions to the model without end',
    ({ events, response }) => {
      const stream = events()
      let id = 0
      const more = (): void => {
        while (stream.send({ jsonrpc: '2.0', id: `q${id++}`, method: 'sampling/createMessage', params: {} }));
        response.once('drain', more)
      }
      more()
    },
    refused('REMOTE_MCP_BROKEN', /more exchanges|messages/),
  ],
  [
    'another place',
    ({ response }) => void response.writeHead(307, { location: 'https://elsewhere.example/mcp' }).end(),
    refused('REMOTE_MCP_BROKEN', /elsewhere/),
  ],
  [
    'no JSON',
    ({ response }) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    refused('REMOTE_MCP_BROKEN', /content type/),
  ],
  [
    'JSON without end of levels',
    ({ response, heard }) => {
      const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(`{"jsonrpc":"2.0","id":${heard.id},"result":{"content":[],"structuredContent":{"a":${deep}}}}`)
    },
    refused('REMOTE_MCP_BROKEN', /levels|stack/),
  ],
  [
    'a refusal with the controls of a terminal',
    ({ response, heard }) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({
          jsonrpc: '2.0',
          id: heard.id,
          error: { code: -32602, message: `\u001b[2J${'x'.repeat(9_000)}` },
        }),
      )
    },
    // oxlint-disable-next-line no-control-regex -- that there are none is what is asserted
    refused('REMOTE_MCP_REFUSED', /^[^\u0000-\u001f]{100,700}$/),
  ],
  [
    'no such person',
    ({ response }) => void response.writeHead(401, { 'www-authenticate': 'Bearer' }).end(),
    refused('REMOTE_MCP_LOGIN', /without one/),
  ],
]

describe('operations bridge: survives strangers', () => {
  const limits = {
    ...{ bridgeListMs: 5_000, bridgeEmptyMs: 30, bridgeExchanges: 8 },
    ...{ bridgeAnswerBytes: 512 * 1024, bridgeResumeMs: 1, bridgeMessages: 200 },
  }
  it.each(HARM)('operations bridge: %s', async (_what, answer, expected) => {
    const stranger = await meet(
      legacy(calls((turn) => (turn.heard.error ? turn.response.writeHead(202).end() : answer(turn)))),
    )
    const bridgeCallMs = expected.code === 'REMOTE_MCP_SILENT' ? 200 : 10_000
    await expect(call(stranger, { ...limits, bridgeCallMs })).rejects.toMatchObject(expected)
  })

  it('operations bridge: refuses questions of a tool to the person behind it, in both revisions', async () => {
    verifies('mcp.bridge.tools')
    const ask = {
      method: 'elicitation/create',
      params: { mode: 'form', message: 'Password?', requestedSchema: { type: 'object', properties: {} } },
    }
    const now = await meet(
      modern(({ heard, result }) =>
        heard.method === 'tools/list'
          ? result({ ...MODERN_LIST, ...TOOLS })
          : result({ resultType: 'input_required', inputRequests: { a: ask } }),
      ),
    )
    await expect(call(now)).rejects.toMatchObject({ code: 'REMOTE_MCP_ASKS' })
    let answered: (code: unknown) => void = () => undefined
    const told = new Promise((done) => (answered = done))
    const before = await meet(
      legacy(
        calls((turn) => {
          if (turn.heard.method === undefined) {
            answered(turn.heard.error?.code)
            return void turn.response.writeHead(202).end()
          }
          const stream = turn.events()
          stream.send({ jsonrpc: '2.0', id: 'q', ...ask })
          void told.then(() => stream.send({ jsonrpc: '2.0', id: turn.heard.id, result: { content: [] } }))
        }),
      ),
    )
    expect([(await call(before)).content, await told]).toEqual([[], -32601])
  })

  it.each([
    ['nothing of HTTP', 'I am no web server\r\n\r\n'],
    ['heads without end', `HTTP/1.1 200 OK\r\n${'x-a: b\r\n'.repeat(50_000)}`],
    ['interim answers without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(50_000)],
  ])('operations bridge: is not held by %s', async (_what, bytes) => {
    const stranger = await openRawStranger((socket) => {
      socket.write(bytes)
    })
    strangers.push(stranger)
    await expect(stranger.open(limits)).rejects.toMatchObject({ code: 'REMOTE_MCP_BROKEN' })
  })

  it('operations bridge: says when the server never agrees on a revision', async () => {
    const stranger = await meet(() => undefined)
    await expect(stranger.open({ bridgeConnectMs: 50 })).rejects.toMatchObject({ code: 'REMOTE_MCP_SILENT' })
  })

  it('operations bridge: ends an opening that is no longer wanted', async () => {
    const asked = new AbortController()
    const stranger = await meet(() => asked.abort(new Error('enough')))
    await expect(stranger.open({}, asked.signal)).rejects.toThrow('enough')
  })
})

describe('operations bridge: tools of strangers', () => {
  const lists = (page: (cursor: unknown) => unknown): Promise<Stranger> =>
    meet(legacy(({ heard, result }) => result(page(heard.params?.['cursor']))))

  const listed = async (stranger: Stranger, limits: Parameters<Stranger['open']>[0] = {}) =>
    await listRemoteTools(await stranger.open(limits), { signal })

  it('operations bridge: passes definitions on as they are, page by page', async () => {
    verifies('mcp.bridge.tools')
    const first = tool('a.b-c', {
      ...{
        title: 'T',
        description: 'd\n\u001b',
        outputSchema: { type: 'object', 'x-own': [1] },
        icons: [{ src: 'x' }],
      },
      ...{ annotations: { readOnlyHint: true, ours: 1 }, _meta: { k: { v: 1 } } },
    })
    const second = tool('b')
    const stranger = await lists((cursor) =>
      cursor === undefined ? { tools: [first], nextCursor: 'next' } : { tools: [second] },
    )
    expect(await listed(stranger)).toEqual({ tools: [first, second], leftOut: [] })
  })

  it('operations bridge: follows no pages in a circle, and no more than there may be', async () => {
    const circle = await lists((cursor) => ({
      tools: [tool(`t${String(cursor)}`)],
      nextCursor: cursor === 'a' ? 'b' : 'a',
    }))
    const { leftOut } = await listed(circle)
    let at = 0
    const endless = await lists(() => ({ tools: [], nextCursor: String(at++) }))
    const more = await listed(endless, { bridgePages: 3 })
    expect([leftOut, more.leftOut, at]).toEqual([
      ['Its pages lead in a circle; what follows was not asked for.'],
      ['It has more than 3 pages; no further ones were asked for.'],
      3,
    ])
  })

  it('operations bridge: leaves out what is too much, and says what', async () => {
    const many = await lists(() => ({ tools: ['a', 'b', 'a', 'c', 'd'].map((name) => tool(name)) }))
    const long = await lists(() => ({ tools: [tool('long', { description: 'x'.repeat(900) }), tool('short')] }))
    const full = await lists(() => ({
      tools: ['a', 'b', 'c'].map((name) => tool(name, { description: 'x'.repeat(400) })),
    }))
    const [first, second, third] = await Promise.all([
      listed(many, { bridgeTools: 3 }),
      listed(long, { bridgeToolBytes: 500 }),
      listed(full, { bridgeListBytes: 1_000 }),
    ])
    const told = [first, second, third].map(({ tools, leftOut }) => [tools.map(({ name }) => name), leftOut])
    expect(told).toEqual([
      [
        ['a', 'b', 'c'],
        ['A second tool named "a" is left out.', 'Only the first 3 tools are told.'],
      ],
      [['short'], ['The tool "long" is left out: its definition has 964 bytes.']],
      [['a', 'b'], ['Only the first 2 tools are told: their definitions fill 1000 bytes.']],
    ])
  })

  it('operations bridge: refuses a definition with levels without end', async () => {
    let deep: unknown = {}
    for (let level = 0; level < 200; level++) deep = { properties: deep }
    const stranger = await lists(() => ({ tools: [tool('deep', { inputSchema: deep })] }))
    await expect(listed(stranger)).rejects.toMatchObject({ code: 'REMOTE_MCP_BROKEN' })
  })

  it('operations bridge: refuses a server without tools to list', async () => {
    const stranger = await lists(() => ({ tools: 'many' }))
    await expect(listed(stranger)).rejects.toMatchObject({ code: 'REMOTE_MCP_BROKEN' })
  })
})
