/** Owns the tool by which the model edits files: a patch is checked whole, asked for where it must be, then written within the sandbox. */
import { dirname } from 'node:path'
import { type FileChangeItem, LIMITS, type SandboxContext } from '@towline/protocol'
import { z } from 'zod'
import { Interrupted, SandboxFailure } from '../../interrupted.ts'
import { decidePatch, mayLeaveSandbox } from '../../policy/decide.ts'
import { mayWrite, sandboxOf, unsandboxed } from '../../policy/sandbox-context.ts'
import { type Place, placeOf, type TurnScope } from '../../turn-scope.ts'
import { CUT_OFF, type OwnTool, ToolRefusal } from '../own-tool.ts'
import { parseInput } from '../parse-input.ts'
import { isMissing, isSandboxRefusal, problemOf, sandboxProblem } from '../problem.ts'
import { PATCH_GRAMMAR } from './patch-grammar.ts'
import { parsePatch } from './parse-patch.ts'
import { type Change, planPatch, type ReadText, shownChange, summaryOf } from './plan-patch.ts'

const DESCRIPTION =
  'Edits files by a patch: "*** Begin Patch", then "*** Add File: PATH" with lines that begin with +, "*** Delete File: PATH", or "*** Update File: PATH" (optionally "*** Move to: PATH") with chunks: "@@ line above", then lines that begin with a space, - or +; last "*** End Patch". Give three lines of context around each change.'

/** Models that were taught to write patches as free text. */
const FREEFORM = /^(?:gpt-5|codex|o\d)/

export const APPLY_PATCH: OwnTool = {
  name: 'apply_patch',
  parallel: false,
  spec: ({ context }) => {
    if (context.settings.environments.length === 0) return undefined
    if (FREEFORM.test(context.settings.model))
      return {
        ...{ type: 'custom', name: 'apply_patch', description: DESCRIPTION },
        format: { type: 'grammar', syntax: 'lark', definition: PATCH_GRAMMAR },
      }
    return {
      ...{ type: 'function', name: 'apply_patch', strict: false, description: DESCRIPTION },
      parameters: {
        ...{ type: 'object', required: ['input'], additionalProperties: false },
        properties: { input: { type: 'string', description: 'The whole patch.' } },
      },
    }
  },
  run: (scope, { callId, input }) => {
    const place = placeOf(scope)
    if (place === undefined) throw new ToolRefusal('this turn has no environment')
    return applyPatch(scope, { callId, patch: patchOf(input), place, cwd: place.cwd })
  },
}

const INPUT = z.object({ input: z.string().max(LIMITS.agentInputChars) })

/** As free text, or in JSON. */
const patchOf = (input: string): string => (input.trimStart().startsWith('{') ? parseInput(INPUT, input).input : input)

export interface PatchCall {
  readonly callId: string
  readonly patch: string
  readonly place: Place
  readonly cwd: string
}

/** What the model is told of a patch that was written. Rejects with ToolRefusal, Interrupted or SandboxFailure. */
export const applyPatch = async (scope: TurnScope, { callId, patch, place, cwd }: PatchCall): Promise<string> => {
  const read = readerOf(place)
  const changes = await planPatch(parsePatch(patch), cwd, read)
  const approval = scope.context.settings.approvalPolicy
  const paths = changes.flatMap(({ path, moveTo }) => (moveTo === undefined ? [path] : [path, moveTo]))
  const inside = paths.every((path) => mayWrite(place.sandbox, path))
  const decision = decidePatch({ approvalPolicy: approval, sandbox: place.sandbox.policy.type, inside })
  if (decision.act === 'refuse') throw new ToolRefusal(`patch rejected: ${decision.reason}`)
  if (scope.isResumed && decision.act === 'run') throw new ToolRefusal(CUT_OFF)
  const item: FileChangeItem = {
    type: 'fileChange',
    id: callId,
    changes: changes.map(shownChange),
    status: 'inProgress',
  }
  scope.teller.started(item)
  const close = (status: FileChangeItem['status']): void => scope.teller.completed({ ...item, status })
  const work = { scope, place, changes, paths, callId }
  try {
    if (decision.act === 'ask' && !(await approved(work, { reason: null, sandboxed: decision.sandboxed }))) {
      close('declined')
      return 'patch rejected by user'
    }
    await writeWithin(
      work,
      decision.sandboxed ? sandboxOf(place.sandbox) : unsandboxed(place.sandbox),
      mayLeaveSandbox(approval),
    )
  } catch (error) {
    close(error instanceof Interrupted ? 'declined' : 'failed')
    throw error
  }
  close('completed')
  return `Success. Updated the following files:\n${summaryOf(changes)}`
}

interface Work {
  readonly scope: TurnScope
  readonly place: Place
  readonly changes: readonly Change[]
  readonly paths: readonly string[]
  readonly callId: string
}

interface Asking {
  readonly reason: string | null
  /** What was accepted within the sandbox is not without it, where a link may lead anywhere. */
  readonly sandboxed: boolean
}

const approved = async ({ scope, place, paths, callId }: Work, { reason, sandboxed }: Asking): Promise<boolean> => {
  const {
    teller,
    signal,
    context: { accepted },
  } = scope
  const keys = paths.map((path) => JSON.stringify(['patch', place.environmentId, path, sandboxed]))
  if (keys.every((key) => accepted.has(key))) return true
  const { decision } = await teller.feed.ask(
    'item/fileChange/requestApproval',
    { ...teller.ids, itemId: callId, startedAtMs: teller.now(), reason, grantRoot: null },
    signal,
  )
  if (decision === 'cancel') {
    scope.cancel()
    throw new Interrupted()
  }
  if (decision === 'acceptForSession') for (const key of keys) accepted.add(key)
  return decision === 'accept' || decision === 'acceptForSession'
}

/** Once more without the sandbox, when it kept the patch from being written and a person lets it. */
const writeWithin = async (work: Work, sandbox: SandboxContext | null, mayAsk: boolean): Promise<void> => {
  const { scope, place } = work
  try {
    await writeAll(work, sandbox)
  } catch (error) {
    const problem = sandboxProblem(error)
    if (problem !== undefined) throw new SandboxFailure(problem)
    const free = unsandboxed(place.sandbox)
    if (!isSandboxRefusal(error) || !mayAsk || sandbox === free) throw failed(error)
    if (!(await approved(work, { reason: 'the sandbox refused it; write without sandbox?', sandboxed: false })))
      throw new ToolRefusal('patch rejected by user')
    await writeAll(work, free).catch((again: unknown) => {
      throw failed(again)
    })
  } finally {
    const diff = scope.diff.news(scope.context.settings.cwd)
    if (diff !== undefined) scope.teller.tell('turn/diff/updated', { diff })
  }
}

const failed = (error: unknown): ToolRefusal => new ToolRefusal(`the patch could not be written: ${problemOf(error)}`)

const writeAll = async ({ scope, place, changes }: Work, sandbox: SandboxContext | null): Promise<void> => {
  const { files } = place.environment
  for (const { path, before, after, moveTo } of changes) {
    const target = moveTo ?? path
    if (after !== undefined) {
      await files.createDirectory(dirname(target), sandbox)
      await files.write(target, new TextEncoder().encode(after), sandbox)
      scope.diff.changed(target, moveTo === undefined ? before : undefined, after)
    }
    if (after !== undefined && moveTo === undefined) continue
    await files.remove(path, sandbox)
    scope.diff.changed(path, before, undefined)
  }
}

/** Read as denied paths let it: what may be written may be read. */
const readerOf = ({ environment, sandbox }: Place): ReadText => {
  const context = sandboxOf(sandbox)
  return async (path) => {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
        await environment.files.read(path, context),
      )
    } catch (error) {
      if (isMissing(error)) return undefined
      const problem = sandboxProblem(error)
      if (problem !== undefined) throw new SandboxFailure(problem)
      throw new ToolRefusal(`apply_patch verification failed: ${path} cannot be read: ${problemOf(error)}`)
    }
  }
}
