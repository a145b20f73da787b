/** Owns a core behind a real HTTP server on a port of its own, as the engine serves it. */
import { createServer, type Server } from 'node:http'
import { createRig, type Rig, type RigOptions } from '../link/rig.fixture.ts'
import { createApiServer } from './api-server.ts'

export interface Served extends Rig {
  readonly port: number
}

/** `close` ends both. */
export const serve = async (options: RigOptions = {}): Promise<Served> => {
  const rig = createRig(options)
  const { core, limits } = rig
  const api = createApiServer({
    api: () => core.api(),
    limits,
    log: { error() {} },
    isApiHost: () => true,
    handleUpgrade: core.handleUpgrade,
  })
  const server: Server = createServer(api.handle)
  server.on('upgrade', core.handleUpgrade)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  const close = async (): Promise<void> => {
    await rig.close()
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
  return { ...rig, port, close }
}
