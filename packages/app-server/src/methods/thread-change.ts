/** Owns the methods that change a thread: name, place, settings, and what the model has heard. */
import { LIMITS } from '@towline/protocol'
import { z } from 'zod'
import { RpcError } from '../rpc/rpc-error.ts'
import { type MethodTable, method } from '../server/method.ts'
import type { ResponseItem } from '../threads/rollout-line.ts'
import { shellCommand } from '../threads/shell-command.ts'
import { TURN_SETTINGS, threadId } from './thread-fields.ts'
import { laneOf, type ThreadServices } from './thread-services.ts'

/** Absent stays as it is; null clears it. */
const GIT = { sha: z.string().nullish(), branch: z.string().nullish(), originUrl: z.string().nullish() }

const only = z.looseObject({ threadId })

export const THREAD_CHANGE_METHODS: MethodTable<ThreadServices> = {
  'thread/name/set': method({
    params: z.looseObject({ threadId, name: z.string() }),
    lane: laneOf,
    run: async ({ threads }, params) => {
      const name = params.name.trim()
      if (name === '') throw new RpcError('invalidRequest', 'thread name must not be empty')
      if (name.length > LIMITS.threadNameChars)
        throw new RpcError('invalidRequest', `thread name exceeds ${LIMITS.threadNameChars} characters`)
      await threads.rename(params.threadId, name)
      return {}
    },
  }),
  'thread/archive': method({
    params: only,
    lane: laneOf,
    run: async ({ threads }, params) => {
      await threads.archive(params.threadId)
      return {}
    },
  }),
  'thread/unarchive': method({
    params: only,
    lane: laneOf,
    run: async ({ threads }, params) => ({ thread: await threads.unarchive(params.threadId) }),
  }),
  'thread/delete': method({
    params: only,
    lane: laneOf,
    run: async ({ threads }, params) => {
      await threads.delete(params.threadId)
      return {}
    },
  }),
  'thread/settings/update': method({
    params: z.looseObject({ threadId, ...TURN_SETTINGS }),
    experimental: true,
    lane: laneOf,
    run: ({ threads }, params) => {
      threads.get(params.threadId).change(params)
      return {}
    },
  }),
  'thread/metadata/update': method({
    params: z.looseObject({ threadId, gitInfo: z.looseObject(GIT).nullish() }),
    lane: laneOf,
    run: async ({ threads }, { threadId: id, gitInfo }) => {
      if (!gitInfo) throw new RpcError('invalidRequest', 'thread metadata update must include at least one field')
      const given = Object.entries(gitInfo).filter(([name, value]) => name in GIT && value !== undefined)
      if (given.length === 0) throw new RpcError('invalidRequest', 'gitInfo must include at least one field')
      const live = threads.find(id) ?? (await threads.resume(id, {})).live
      live.changeGit({ ...{ sha: null, branch: null, originUrl: null }, ...live.git, ...Object.fromEntries(given) })
      return { thread: live.view() }
    },
  }),
  'thread/compact/start': method({
    params: only,
    begins: true,
    lane: laneOf,
    run: async ({ threads }, params) => {
      await threads.get(params.threadId).compact()
      return {}
    },
  }),
  'thread/shellCommand': method({
    params: z.looseObject({ threadId, command: z.string(), timeoutMs: z.number().int().positive().nullish() }),
    begins: true,
    lane: laneOf,
    run: async ({ threads }, params) => {
      if (params.command.trim() === '') throw new RpcError('invalidRequest', 'command must not be empty')
      const live = threads.get(params.threadId)
      await live.work(shellCommand(live, threads.options.environments, params))
      return {}
    },
  }),
  'thread/inject_items': method({
    params: z.looseObject({ threadId, items: z.array(z.looseObject({ type: z.string() })) }),
    lane: laneOf,
    run: ({ threads }, params) => {
      threads.get(params.threadId).history.append(...(params.items as readonly ResponseItem[]))
      return {}
    },
  }),
  /** Goals are not kept here. */
  'thread/goal/get': method({ params: only, run: () => ({ goal: null }) }),
}
