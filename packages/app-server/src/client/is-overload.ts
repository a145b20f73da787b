/** Owns knowing a server that is too busy now: asked again later it may answer. */
import { AppError, RPC_CODE } from '@towline/protocol'

/** docs/protocol/app-server.md §4. */
export const isOverload = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'APP_SERVER_ERROR' && error.details['rpc'] === RPC_CODE.overloaded
