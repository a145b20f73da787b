/** Owns the methods by which a client hears that files change, until it goes. */
import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'
import { AppError, LIMITS } from '@towline/protocol'
import { z } from 'zod'
import { RpcError } from '../rpc/rpc-error.ts'
import { type Caller, method, type MethodTable } from '../server/method.ts'
import { ClientThings } from './client-things.ts'
import { ABSOLUTE } from './params.ts'
import type { BasicServices } from './services.ts'

const WATCH_ID = z.string().min(1).max(256)

/** Changes that come together are told together. */
class Watch {
  readonly #watcher: FSWatcher
  readonly #changed = new Set<string>()

  constructor(path: string, tell: (changedPaths: readonly string[]) => void) {
    this.#watcher = watch(path, { persistent: false }, (_event, name) => {
      if (this.#changed.size === 0) setImmediate(() => this.#tell(tell))
      this.#changed.add(name === null ? path : join(path, name))
    })
    this.#watcher.on('error', () => this.close())
  }

  close(): void {
    this.#changed.clear()
    this.#watcher.close()
  }

  #tell(tell: (changedPaths: readonly string[]) => void): void {
    if (this.#changed.size > 0) tell([...this.#changed])
    this.#changed.clear()
  }
}

const watches = new ClientThings<Watch>()

const begin = ({ watchId, path }: { watchId: string; path: string }, caller: Caller): void => {
  const own = watches.of(caller)
  if (own.has(watchId)) throw new RpcError('invalidRequest', `watch id already exists: ${watchId}`)
  const most = LIMITS.appServerWatches
  if (own.size >= most) throw new AppError('LIMIT_REACHED', { limit: 'appServerWatches', value: most })
  own.set(watchId, new Watch(path, (changedPaths) => caller.notify('fs/changed', { watchId, changedPaths })))
}

export const WATCHES: MethodTable<BasicServices> = {
  'fs/watch': method<BasicServices, { watchId: string; path: string }>({
    params: z.looseObject({ watchId: WATCH_ID, path: ABSOLUTE }),
    run: (_services, params, caller) => {
      begin(params, caller)
      return { path: params.path }
    },
  }),
  'fs/unwatch': method<BasicServices, { watchId: string }>({
    params: z.looseObject({ watchId: WATCH_ID }),
    run: (_services, { watchId }, caller) => {
      const own = watches.of(caller)
      own.get(watchId)?.close()
      own.delete(watchId)
      return {}
    },
  }),
}
