/** Owns the methods about environments: which there are, and how to reach further ones. */
import { z } from 'zod'
import type { OpenEnvironments } from '../environments/open-environments.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import { method, type MethodTable } from '../server/method.ts'

export interface EnvironmentServices {
  readonly environments: OpenEnvironments
}

const ADD = z.object({
  environmentId: z.string(),
  execServerUrl: z.string(),
  authBearerToken: z.string().nullish(),
  websocketRequestId: z.string().nullish(),
  connectTimeoutMs: z.number().int().positive().max(600_000).nullish(),
  skills: z.object({ required: z.array(z.string()).nullish() }).nullish(),
})
const ONE = z.object({ environmentId: z.string() })

/** What replaces another of its id comes after it. */
const lane = ({ environmentId }: z.infer<typeof ONE>): string => `environment:${environmentId}`

export const ENVIRONMENT_METHODS: MethodTable<EnvironmentServices> = {
  'environment/add': method<EnvironmentServices, z.infer<typeof ADD>>({
    params: ADD,
    experimental: true,
    lane,
    run: ({ environments }, params) => {
      const { environmentId, execServerUrl, authBearerToken, websocketRequestId, connectTimeoutMs, skills } = params
      if (skills?.required?.length)
        throw new RpcError('invalidRequest', 'required skills of an environment are not known here')
      environments.add(environmentId, {
        execServerUrl,
        authBearerToken: authBearerToken ?? undefined,
        requestId: websocketRequestId ?? undefined,
        connectMs: connectTimeoutMs ?? undefined,
      })
      return {}
    },
  }),
  'environment/info': method<EnvironmentServices, z.infer<typeof ONE>>({
    params: ONE,
    experimental: true,
    run: async ({ environments }, { environmentId: id }) => {
      if (!environments.ids.includes(id)) throw new RpcError('invalidRequest', `unknown environment id \`${id}\``)
      try {
        const { shell, cwd } = await environments.get(id).info()
        return { shell: { name: shell.name, path: shell.path }, cwd }
      } catch (error) {
        const problem = (error as Error).message
        throw new RpcError('internal', `failed to get info for environment \`${id}\`: ${problem}`)
      }
    },
  }),
  'environment/status': method<EnvironmentServices, z.infer<typeof ONE>>({
    params: ONE,
    experimental: true,
    run: ({ environments }, { environmentId }) => environments.status(environmentId),
  }),
}
