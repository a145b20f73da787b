/** Proves that whoever sends much at once on a WebSocket leaves room for the others. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { listenWebSockets } from './listen-web-sockets.ts'

const MANY = 500

describe('web sockets that are listened on:', () => {
  it('a burst of one client is heard message by message, with all input and output in between', async () => {
    let heard = 0
    let heardInTurn = MANY
    let all = (): void => {}
    const heardAll = new Promise<void>((done) => {
      all = done
    })
    const { url, close } = await listenWebSockets(
      { host: '127.0.0.1', port: 0 },
      {
        messageBytes: 1024,
        refusal: () => undefined,
        serve: (socket) =>
          void socket.on('message', () => {
            heard += 1
            if (heard === 1) setImmediate(() => void (heardInTurn = heard))
            if (heard === MANY) all()
          }),
        answer: (_request, response) => void response.end(),
      },
    )
    const client = new WebSocket(url)
    await once(client, 'open')
    // One write, so that the server reads all of it at once.
    const { _socket: below } = client as unknown as { readonly _socket: Socket }
    below.cork()
    for (let n = 0; n < MANY; n += 1) client.send(`${n}`)
    below.uncork()
    await heardAll
    expect(heardInTurn).toBeLessThanOrEqual(2)
    client.terminate()
    await close()
  })
})
