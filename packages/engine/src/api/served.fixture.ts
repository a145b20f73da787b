/** Owns a core behind a real HTTP server on a port of its own, as the engine serves it. */
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createRig, type Rig, type RigOptions } from '../link/rig.fixture.ts'

export interface Served extends Rig {
  readonly port: number
}

/** `close` ends both. */
export const serve = async (options: RigOptions = {}): Promise<Served> => {
  const rig = createRig(options)
  const server: Server = createServer(getRequestListener(rig.core.api.fetch))
  server.on('upgrade', rig.core.handleUpgrade)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  const close = async (): Promise<void> => {
    await rig.close()
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
  return { ...rig, port, close }
}
