/** Owns a client of an app-server that says exactly what a test has it say. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Message } from './record-wire.ts'

export interface RawClient {
  /** The whole answer, also when it is an error. */
  ask(method: string, params?: unknown): Promise<Message>
  /** A notification, or an answer. */
  say(message: Message): void
  /** The first that fits, of what came before too. */
  heard(fits: (message: Message) => boolean): Promise<Message>
  close(): void
}

export const openRawClient = async (url: string, token?: string): Promise<RawClient> => {
  const socket = new WebSocket(url, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
  await once(socket, 'open')
  const messages: Message[] = []
  const waiting = new Set<() => void>()
  socket.on('message', (data) => {
    messages.push(JSON.parse(String(data)) as Message)
    for (const look of waiting) look()
  })
  socket.on('error', () => undefined)
  const heard: RawClient['heard'] = (fits) =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = messages.find(fits)
        if (!found) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  const say: RawClient['say'] = (message) => socket.send(JSON.stringify(message))
  let last = 0
  return {
    say,
    heard,
    ask: (method, params) => {
      const id = `ask-${++last}`
      say({ id, method, params })
      return heard((message) => message.id === id && message.method === undefined)
    },
    close: () => socket.terminate(),
  }
}

/** `initialize` and `initialized`, with everything that is experimental. */
export const greet = async (client: RawClient): Promise<Message> => {
  const capabilities = { experimentalApi: true, requestAttestation: false }
  const answer = await client.ask('initialize', {
    clientInfo: { name: 'towline-judge', title: null, version: '1.0.0' },
    capabilities,
  })
  client.say({ method: 'initialized' })
  return answer
}
