/** Owns knowing a server that is too busy now: asked again later it may answer. */
import { RPC_CODE } from '@towline/protocol'
import { isRefusal } from './refusal.ts'

/** docs/protocol/app-server.md §4. */
export const isOverload = (error: unknown): boolean => isRefusal(error) && error.details['rpc'] === RPC_CODE.overloaded
