/** Owns taking up a thread from its lines: what was left unfinished in them is ended, or goes on. */
import type { AgentConfig } from '../config/agent-config.ts'
import { userText } from './history.ts'
import { event } from './item-lines.ts'
import { LiveThread } from './live-thread.ts'
import { project } from './projection/project.ts'
import { damageSentence, repairRollout } from './repair-rollout.ts'
import { rolloutFile } from './rollout-reader.ts'
import type { SessionMeta } from './session-meta.ts'
import type { ThreadLog } from './thread-log.ts'
import type { ThreadsOptions } from './thread-options.ts'
import { changed, type SettingsChange, settingsOf, settingsOfLine } from './thread-settings.ts'

export interface Loading {
  readonly options: ThreadsOptions
  readonly log: ThreadLog
  /** Instead of that of the lines. */
  readonly meta?: SessionMeta
  readonly change: SettingsChange
  readonly overrides?: Readonly<Record<string, unknown>> | undefined
  readonly name: string | null
}

/** Cuts off what is damaged, and says so to people. */
export const mend = async (
  path: string,
): Promise<{ readonly damage: string | undefined; readonly ordinal: number | undefined }> => {
  const { damage, projection } = await project(rolloutFile(path))
  const keptAt = await repairRollout(path, damage)
  return { damage: damageSentence(damage, keptAt), ordinal: projection.ordinal }
}

/** Throws RpcError for settings there are not, CONFIG_INVALID, and what reading throws. */
export const loadThread = async ({ options, log, change, overrides, name, ...given }: Loading): Promise<LiveThread> => {
  const { projection } = await project(log.source)
  const meta = (given.meta ?? projection.meta) as SessionMeta
  const left = await openSettings({ options, meta, line: projection.context, overrides })
  const settings = changed(left.settings, change, { config: left.config, environments: options.environments })
  const unfinished = projection.turnList.last?.status === 'inProgress' ? projection.turnList.last.id : undefined
  const goesOn = unfinished !== undefined && options.resumesCalls && isAsked(options, meta.id, unfinished)
  forgetQuestions(options, meta.id, goesOn ? unfinished : undefined)
  const feed = options.hub.open(meta.id, { lasting: log.path !== undefined })
  const parts = { options, meta, config: left.config, settings, log, feed, projected: projection, overrides }
  const live = new LiveThread({ ...parts, name: name ?? projection.name ?? null })
  if (unfinished === undefined) return live
  const turn = projection.turns(unfinished).at(-1)
  if (goesOn && turn) live.continueTurn(turn)
  else endUnfinished(live, unfinished)
  return live
}

interface Opening {
  readonly options: ThreadsOptions
  readonly meta: SessionMeta
  readonly line: Parameters<typeof settingsOfLine>[0]
  readonly overrides: Loading['overrides']
}

const openSettings = async ({ options, meta, line, overrides }: Opening) => {
  const cwd = typeof line?.['cwd'] === 'string' ? line['cwd'] : meta.cwd
  const config: AgentConfig = await options.configs.read(cwd, overrides)
  const fresh = {
    ...settingsOf(config, meta.cwd, options.environments),
    ...{ baseInstructions: meta.baseInstructions, developerInstructions: meta.developerInstructions },
    providerId: Object.hasOwn(config.providers, meta.modelProvider) ? meta.modelProvider : config.provider.id,
  }
  return { config, settings: settingsOfLine(line, fresh, options.environments) }
}

const turnIdOf = (params: object): unknown => (params as { readonly turnId?: unknown }).turnId

const isAsked = ({ questions }: ThreadsOptions, threadId: string, turnId: string): boolean =>
  questions.load(threadId).some(({ params }) => turnIdOf(params) === turnId)

/** Nobody will ask again what a turn asked that is over. */
const forgetQuestions = ({ questions }: ThreadsOptions, threadId: string, goesOn: string | undefined): void => {
  for (const { id, params } of questions.load(threadId))
    if (goesOn === undefined || turnIdOf(params) !== goesOn) questions.remove(threadId, id)
}

const CUT_OFF = userText(
  '<turn_aborted>\nThe server ended in the middle of the previous turn. Commands may have been executed in part.\n</turn_aborted>',
)

const endUnfinished = ({ log, history }: LiveThread, turnId: string): void => {
  history.answerWhatWasLeft()
  history.append(CUT_OFF)
  log.append(event({ type: 'turn_aborted', turn_id: turnId, reason: 'interrupted' }))
}
