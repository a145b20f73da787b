/** Owns the methods about models and who serves them, as config.toml says. */
import { z } from 'zod'
import type { AgentConfig, ModelProvider } from '../config/agent-config.ts'
import { method, type MethodTable } from '../server/method.ts'
import { PAGE, type PageParams, pageOf } from './page.ts'
import { ANY } from './params.ts'
import type { BasicServices } from './services.ts'

const EFFORTS = [
  { reasoningEffort: 'low', description: 'Answers quickly, thinks little' },
  { reasoningEffort: 'medium', description: 'For most work' },
  { reasoningEffort: 'high', description: 'Thinks longest, for what is hard' },
] as const

/** An endpoint is not asked for what it has: one model is known, the one that is configured. */
const modelOf = ({ model = 'default', provider, effort }: AgentConfig) => ({
  id: model,
  model,
  displayName: model,
  description: `Served by ${provider.name}`,
  hidden: false,
  supportedReasoningEfforts: EFFORTS,
  defaultReasoningEffort: effort ?? 'medium',
  inputModalities: ['text', 'image'],
  isDefault: true,
})

const providerOf = ({ id, name, baseUrl, envKey }: ModelProvider) => ({
  id,
  name,
  canEdit: false,
  baseUrl,
  settings: {
    type: 'customGateway',
    auth: envKey === undefined ? { mode: 'none' } : { mode: 'environmentVariable', envKey },
  },
})

export const MODELS: MethodTable<BasicServices> = {
  'model/list': method<BasicServices, PageParams & { readonly modelProvider?: string | null | undefined }>({
    params: z.looseObject({ ...PAGE, modelProvider: z.string().nullish() }),
    run: async ({ config, cwd }, params) => {
      const read = await config.read(cwd)
      const wanted = params.modelProvider ?? read.provider.id
      return pageOf(wanted === read.provider.id ? [modelOf(read)] : [], params)
    },
  }),
  'modelProvider/list': method({
    params: ANY,
    run: async ({ config, cwd }: BasicServices) => {
      const { providers, provider } = await config.read(cwd)
      return { data: Object.values(providers).map(providerOf), defaultProviderId: provider.id, canChangeDefault: false }
    },
  }),
  'modelProvider/capabilities/read': method({
    params: ANY,
    run: () => ({ imageGeneration: false, webSearch: false }),
  }),
}
