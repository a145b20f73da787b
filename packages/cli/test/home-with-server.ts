/** Owns a home folder for tests of commands, with a whole server whose owner it is. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openServer, type Server } from '../src/server/open-server.ts'
import { cliIn, type Ran } from './cli-in.ts'
import { serverOptions } from './test-server.ts'

export interface HomeWithServer extends AsyncDisposable {
  readonly home: string
  readonly server: Server
  cli(...argv: readonly string[]): Promise<Ran>
}

export const openHomeWithServer = async (): Promise<HomeWithServer> => {
  const home = await mkdtemp(join(tmpdir(), 'towline-cli-'))
  const server = await openServer(serverOptions(home))
  return {
    ...{ home, server },
    cli: (...argv) => cliIn(home, argv),
    [Symbol.asyncDispose]: async () => {
      await server.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}
