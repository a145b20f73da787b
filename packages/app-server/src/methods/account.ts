/** Owns the methods about who pays for the model: nobody here, its key is in the environment of the server. */
import { method, type MethodTable } from '../server/method.ts'
import { ANY } from './params.ts'
import type { BasicServices } from './services.ts'

export const ACCOUNT: MethodTable<BasicServices> = {
  'account/read': method({ params: ANY, run: () => ({ account: null, requiresOpenaiAuth: false }) }),
  'account/bedrock/checkGovCloudRequirements': method({
    params: ANY,
    run: () => ({ isGovCloud: false, shouldWarn: false }),
  }),
}
