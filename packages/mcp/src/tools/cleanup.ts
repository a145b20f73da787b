/** Owns the tool that removes all that agents made in a thread, for a purpose or under labels. */
import { cleanersOf, cleanUp, cleanupLabels, type CleanupItem } from '@towline/operations'
import { AGENT_LABELS } from '@towline/protocol'
import { z } from 'zod'
import { labelsInput, SELECTOR } from '../server/schemas.ts'
import { defineTool } from '../tool.ts'
import { machineRequest } from './machines/machine.ts'
import { localSupervisor } from './local/local-supervisor.ts'

const item = z.strictObject({
  kind: z.string().describe('What it is, such as tunnel.'),
  id: z.string().describe('Of the thing.'),
  name: z.string().optional().describe('When it has one.'),
})

/** Items of each list of the answer; what else there is, is counted. */
const SHOWN = 100

export const cleanup = defineTool({
  name: 'towline_cleanup',
  description:
    'Removes what agents made: all of this conversation, or what carries the thread, purpose and labels you name (all must ' +
    'hold). Never touches what a person made. May be called again. Tells what was removed, what failed and what remains.',
  input: z.strictObject({
    ...SELECTOR,
    thread: z.string().min(1).max(256).optional().describe('Another conversation than this one.'),
    purpose: z.string().min(1).max(256).optional().describe('As it was given when the thing was made.'),
    labels: labelsInput,
    dryRun: z.boolean().default(false).describe('Only show what would be removed.'),
  }),
  output: z.strictObject({
    removed: z.array(item).describe('What is gone now.'),
    failed: z
      .array(
        z.strictObject({ ...item.partial({ id: true }).shape, code: z.string().describe('Why, as an error code.') }),
      )
      .describe('What could not be removed.'),
    remaining: z.array(item).describe('What carries the labels and is still there.'),
    leftOut: z.int().optional().describe('So many items are not shown here.'),
    guidance: z.string().describe('What to do next.'),
  }),
  hints: { title: 'Clean up what agents made', destructive: true, idempotent: true },
  risk: 'own',
  profile: 'operate',
  target: ({ thread, purpose }) => {
    const name = thread ?? purpose
    return name === undefined ? undefined : { name }
  },
  run: async ({ context, project, dryRun, ...asked }, call) => {
    const { thread, purpose, labels } = asked
    const isNamed = thread !== undefined || purpose !== undefined || Object.keys(labels ?? {}).length > 0
    // Nothing named means this conversation; where that is unknown, nothing is chosen.
    const chosen = cleanupLabels(isNamed ? { thread, purpose, labels } : { thread: call.origin.thread })
    const connection = await call.connection({ context, project })
    const named = context !== undefined || project !== undefined
    const reach = (name: string) => machineRequest({ url: `tow://${name}`, context, project }, call)
    const cleaners = cleanersOf({ connection, supervisor: localSupervisor(call.deps), reach, named })
    const own = { ...chosen, [AGENT_LABELS.source]: 'mcp' }
    const report = await cleanUp({ labels: own, cleaners, dryRun, signal: call.signal })
    const failed = report.failed.map(({ kind, item: one, code }) => ({ ...(one ? shownItem(one) : { kind }), code }))
    const [removed, remaining] = [report.removed.map(shownItem), report.remaining.map(shownItem)]
    const leftOut = [removed, failed, remaining].reduce((sum, { length }) => sum + Math.max(0, length - SHOWN), 0)
    return {
      ...{ removed: removed.slice(0, SHOWN), failed: failed.slice(0, SHOWN), remaining: remaining.slice(0, SHOWN) },
      ...(leftOut > 0 && { leftOut }),
      guidance: guidanceOf({ dryRun, removed, failed, remaining }),
    }
  },
})

const shownItem = ({ kind, id, name }: CleanupItem) => ({ kind, id, ...(name !== undefined && { name }) })

interface Outcome {
  readonly dryRun: boolean
  readonly removed: readonly unknown[]
  readonly failed: readonly unknown[]
  readonly remaining: readonly unknown[]
}

const guidanceOf = ({ dryRun, removed, failed, remaining }: Outcome): string => {
  if (dryRun)
    return remaining.length === 0 ? 'There is nothing to remove.' : 'Nothing was removed yet: call without dryRun.'
  if (failed.length > 0 || remaining.length > 0) return 'Tell the person what could not be removed, and why.'
  return removed.length === 0 ? 'There was nothing to remove.' : 'All of it is removed.'
}
