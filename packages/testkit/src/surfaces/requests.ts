/** Owns the surfaces that answer at once: the two APIs and the hosted MCP endpoint. */
import { type Answer, visit } from '../visitor.ts'
import type { Surface } from './surface.ts'
import { codeOf, type SurfaceWorld } from './world.ts'

const requests =
  (ask: (world: SurfaceWorld, token: string) => Promise<Answer>): Surface['use'] =>
  async (world, token) => {
    const again = async (): Promise<string> => codeOf(await ask(world, token))
    const first = await again()
    if (first !== 'OK') throw new Error(`the credential was refused before it was revoked: ${first}`)
    return { again, close: () => {} }
  }

export const bearer = (token: string) => ({ authorization: `Bearer ${token}`, 'towline-project': 'dev' })

export const getFrom = (path: string): Surface['use'] =>
  requests(({ system }, token) => visit({ to: `localhost:${system.port}`, path, headers: bearer(token) }))

export const callTool = (name: string): Surface['use'] =>
  requests(({ system }, token) =>
    visit({
      to: `localhost:${system.port}`,
      path: '/api/mcp',
      method: 'POST',
      headers: {
        ...bearer(token),
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } }),
    }),
  )
