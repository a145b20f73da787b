/** Owns the work of `towline policy check`. */
import { resolve } from 'node:path'
import { policyRemarks, TOOLS } from '@towline/mcp'
import { policyFile, readPolicy } from '@towline/operations'
import { AppError } from '@towline/protocol'
import { type Io, line } from '../io.ts'

/** Rejects with POLICY_INVALID, also for a rule that can never match: whoever wrote it meant something by it. */
export const run = async (io: Io, named: string | undefined): Promise<void> => {
  const file = named === undefined ? policyFile(io.env) : resolve(named)
  const policy = await readPolicy(file)
  const [first] = policyRemarks(policy, TOOLS)
  const at = first?.indexOf(': ') ?? 0
  if (first !== undefined)
    throw new AppError('POLICY_INVALID', { file, key: first.slice(0, at), problem: first.slice(at + 2) })
  line(io, `${file} is valid: ${policy.rules.length} rules; a yes counts by ${policy.approve.join(', ')}`)
}
