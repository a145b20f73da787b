/** Owns finding the server that a command speaks to. */
import { type Connection, resolveConnection } from '@towline/operations'
import type { ServerOptions } from '../command.ts'
import type { Io } from '../io.ts'

export const connectionOf = (io: Io, { context, caFile, project }: ServerOptions): Promise<Connection> =>
  resolveConnection(io.env, { context, caFile, project })
