/** Proves that nobody has to wait for a session that is opened anew. */
import { afterEach, describe, expect, it } from 'vitest'
import { callRemoteTool } from './call-remote-tool.ts'
import { type Answer, legacy, openStranger, type Stranger } from './stranger.fixture.ts'

let stranger: Stranger | undefined
afterEach(async () => await stranger?.close())

/** Waits longer than a test does. */
const LIMITS = { bridgeConnectMs: 600_000 }

/** Loses its first session, and greets for no other. */
const forgetful = async () => {
  let sessions = 0
  let begun = (): void => undefined
  const again = new Promise<void>((done) => (begun = done))
  const answer: Answer = (turn) => {
    if (turn.heard.method === 'initialize' && ++sessions > 1) return begun()
    legacy(({ response }) => void response.writeHead(404).end('{}'), 'first')(turn)
  }
  stranger = await openStranger(answer)
  return { remote: await stranger.open(LIMITS), again }
}

describe('operations bridge: a session that is opened anew', () => {
  it('operations bridge: lets go of who gives up meanwhile', async () => {
    const { remote, again } = await forgetful()
    const asked = new AbortController()
    const call = callRemoteTool({ remote, tool: 'look', arguments: {}, signal: asked.signal })
    await again
    asked.abort(new Error('no longer'))
    await expect(call).rejects.toThrow('no longer')
    await remote.close()
  })

  it('operations bridge: is given up when all is closed', async () => {
    const { remote, again } = await forgetful()
    const call = callRemoteTool({ remote, tool: 'look', arguments: {}, signal: new AbortController().signal })
    await again
    const closing = remote.close()
    await expect(call).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
    await closing
  })
})
