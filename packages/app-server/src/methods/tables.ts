/** Owns the list of all method tables that need no thread. */
import type { MethodTable } from '../server/method.ts'
import { ACCOUNT } from './account.ts'
import { COMMANDS } from './commands.ts'
import { CONFIG_METHODS } from './config.ts'
import { DIAGNOSTICS } from './diagnostics.ts'
import { ENVIRONMENT_METHODS } from './environment.ts'
import { FEATURES } from './features.ts'
import { FILES } from './files.ts'
import { MODELS } from './models.ts'
import { REPLAY } from './replay.ts'
import { SEARCH } from './search.ts'
import type { BasicServices } from './services.ts'
import { WATCHES } from './watches.ts'

export const BASIC_METHODS: readonly MethodTable<BasicServices>[] = [
  ACCOUNT,
  MODELS,
  CONFIG_METHODS,
  ENVIRONMENT_METHODS,
  FEATURES,
  FILES,
  WATCHES,
  COMMANDS,
  SEARCH,
  REPLAY,
  DIAGNOSTICS,
]
