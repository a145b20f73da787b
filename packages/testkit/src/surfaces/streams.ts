/** Owns the surfaces that go on answering: watches in every form, and what visitors have open. */
import { createInventory } from '@towline/sdk'
import { visit, type Wire } from '../visitor.ts'
import { bearer } from './requests.ts'
import type { Surface } from './surface.ts'
import { codeOf, type RawRequest, type SurfaceWorld } from './world.ts'

/** How an answer that goes on is told apart. */
interface Answered {
  /** It was let in. */
  readonly begun: RegExp
  readonly over: (wire: Wire) => Promise<string>
}

/** A request whose answer goes on. */
export const streams =
  (
    asked: (world: SurfaceWorld, token: string) => Promise<RawRequest> | RawRequest,
    { begun, over }: Answered,
  ): Surface['use'] =>
  async (world, token) => {
    const request = await asked(world, token)
    const wire = await world.request(request)
    await wire.until(begun)
    const { host: to = `localhost:${world.system.port}`, path, token: shown } = request
    const headers = shown === undefined ? {} : bearer(shown)
    // What refuses an upgrade answers a plain request the same way, and that has an end.
    const again = async () => codeOf(await visit({ to, path: path.replace('/watch/ws', '/watch'), headers }))
    return { ended: over(wire), again, close: () => wire.destroy() }
  }

/** The last chunk (RFC 9112 §7.1). */
const byLastChunk = (wire: Wire): Promise<string> => wire.until(/\r\n0\r\n\r\n$/).then(() => 'last chunk')
/** A close frame with 1001, going away (RFC 6455 §7.4.1). */
// oxlint-disable-next-line no-control-regex -- bytes of a frame are what this looks for
const CLOSE_FRAME = /\u0088\u0002\u0003\u00e9/
const byCloseFrame = (wire: Wire): Promise<string> => wire.until(CLOSE_FRAME).then(() => 'close frame 1001')
export const byConnection = (wire: Wire): Promise<string> => wire.over()

const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]
const FIRST_STATE = /state\.initial/

export const watch = streams((_world, token) => ({ path: '/api/engine/watch', token }), {
  begun: FIRST_STATE,
  over: byLastChunk,
})

export const watchSocket = streams((_world, token) => ({ path: '/api/engine/watch/ws', token, headers: UPGRADE }), {
  begun: FIRST_STATE,
  over: byCloseFrame,
})

/** With a token in the query, minted for it from the credential. */
export const watchByQuery = streams(
  async ({ system }, token) => {
    const { url, ca, limits } = system
    const inventory = createInventory({ url, ca, token, limits, project: 'dev', env: {} })
    const minted = await inventory.mintToken({ permissions: ['tunnels.list'], ttlSeconds: limits.watchTokenSeconds })
    inventory.close()
    return { path: `/api/engine/watch?towline.token=${minted.token}` }
  },
  { begun: FIRST_STATE, over: byLastChunk },
)

/** A visitor of a published link that asks for a token. */
export const visitGuarded = streams(({ system }, token) => ({ host: system.host('guarded'), path: '/', token }), {
  begun: /first part/,
  over: byConnection,
})
