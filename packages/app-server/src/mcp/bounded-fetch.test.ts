/** Proves that headers go to the server that they are for, and to no other that it names. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { boundedFetch } from './bounded-fetch.ts'

test('mcp fetch: follows a redirect to the same server only, with its method and body', async () => {
  const heard: string[] = []
  const other = createServer((request, response) => {
    heard.push(`other ${request.headers['x-key']}`)
    response.end('stolen')
  })
  await new Promise<void>((done) => void other.listen(0, '127.0.0.1', done))
  const at = (server: typeof other): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url}`)
    const to: Readonly<Record<string, string>> = { '/mcp': '/mcp/', '/away': at(other), '/round': '/round' }
    const location = to[request.url ?? '']
    if (location === undefined) request.pipe(response)
    else response.writeHead(307, { location }).end()
  })
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  const ask = (path: string): Promise<Response> =>
    boundedFetch(100)(at(server) + path, { method: 'POST', body: 'hi', headers: { 'x-key': 'k' } })
  expect(await (await ask('/mcp')).text()).toBe('hi')
  await expect(ask('/away')).rejects.toThrow('it sends to another server')
  await expect(ask('/round')).rejects.toThrow('it sends from one place to the next')
  expect(heard.slice(0, 3)).toEqual(['POST /mcp', 'POST /mcp/', 'POST /away'])
  expect(heard.filter((one) => one.startsWith('other'))).toEqual([])
  for (const one of [server, other]) {
    one.closeAllConnections()
    await new Promise((done) => one.close(done))
  }
})
