/** Owns the list of all methods of threads and turns. */
import type { MethodTable } from '../server/method.ts'
import { THREAD_CHANGE_METHODS } from './thread-change.ts'
import { THREAD_LIST_METHODS } from './thread-list.ts'
import { THREAD_OPEN_METHODS } from './thread-open.ts'
import { THREAD_READ_STATE_METHODS } from './thread-read-state.ts'
import { THREAD_READ_METHODS } from './thread-read.ts'
import type { ThreadServices } from './thread-services.ts'
import { TURN_METHODS } from './turn-run.ts'

export const THREAD_METHODS: MethodTable<ThreadServices> = {
  ...THREAD_OPEN_METHODS,
  ...THREAD_LIST_METHODS,
  ...THREAD_READ_METHODS,
  ...THREAD_READ_STATE_METHODS,
  ...THREAD_CHANGE_METHODS,
  ...TURN_METHODS,
}
