/** Owns which settings hold in a folder, and where each comes from: the home's, of a profile, of trusted projects, of a request. */
import { join } from 'node:path'
import { tomlStatements } from '@towline/base'
import { checkSettings, invalidKey } from './check-settings.ts'
import { isTable, merged } from './merge.ts'
import { type Project, projectOf, trustOf } from './project.ts'
import { NOT_OF_PROJECTS, type Settings } from './shape.ts'
import { readToml, type Table, versionOf } from './toml-file.ts'

/** As clients know it. */
export type LayerName =
  | { readonly type: 'user'; readonly file: string; readonly profile: string | null }
  | { readonly type: 'project'; readonly dotCodexFolder: string }
  | { readonly type: 'sessionFlags' }

export interface Layer {
  readonly name: LayerName
  readonly file: string
  readonly data: Table
  readonly version: string
  /** Why it has no effect. */
  readonly disabledReason: string | null
}

export interface Layers {
  readonly project: Project
  readonly trust: 'trusted' | 'untrusted' | undefined
  /** The weakest first. */
  readonly all: readonly Layer[]
  readonly warnings: readonly string[]
}

export const CONFIG_FILE = 'config.toml'
const FOLDER = '.codex'
const UNTRUSTED = 'the project is not trusted'

/** Rejects with CONFIG_INVALID, FOLDER_UNKNOWN. */
export const readLayers = async (home: string, cwd: string, overrides: Table = {}): Promise<Layers> => {
  const path = join(home, CONFIG_FILE)
  const file = await readToml(path)
  const user = checkSettings(path, file.data)
  const version = versionOf(file.text)
  const flags = checkSettings('the request', nested(overrides))
  const project = await projectOf(cwd)
  const trust = await trustOf(project, user.settings.projects)
  const projects = await projectLayers(home, project, trust === 'trusted')
  const profile = flags.settings.profile ?? user.settings.profile
  const { profiles: _, ...plain } = user.data
  const layers: readonly Layer[] = [
    { name: { type: 'user', file: path, profile: null }, file: path, data: plain, version, disabledReason: null },
    ...(profile === undefined ? [] : [profileLayer({ path, version, profile, user: user.settings })]),
    ...projects.layers,
    { name: { type: 'sessionFlags' }, file: 'the request', data: flags.data, version: '', disabledReason: null },
  ]
  return {
    ...{ project, trust, warnings: [...user.warnings, ...projects.warnings, ...flags.warnings] },
    all: layers.filter(({ data, name }) => name.type === 'user' || Object.keys(data).length > 0),
  }
}

export const effective = ({ all }: Layers): Table =>
  merged(...all.filter(({ disabledReason }) => disabledReason === null).map(({ data }) => data))

interface ProfileOf {
  readonly path: string
  readonly version: string
  readonly profile: string
  readonly user: Settings
}

const profileLayer = ({ path, version, profile, user }: ProfileOf): Layer => {
  const data = Object.hasOwn(user.profiles ?? {}, profile) ? user.profiles?.[profile] : undefined
  if (!data) throw invalidKey(path, ['profile'], `there is no profile "${profile}"`)
  return { name: { type: 'user', file: path, profile }, file: path, data, version, disabledReason: null }
}

/** Of folders that are not trusted only that they are there is told; nothing in them is read as settings. */
const projectLayers = async (home: string, { folders }: Project, isTrusted: boolean) => {
  const layers: Layer[] = []
  const warnings: string[] = []
  for (const folder of folders.map((one) => join(one, FOLDER)).filter((one) => one !== home)) {
    const path = join(folder, CONFIG_FILE)
    const name = { type: 'project', dotCodexFolder: folder } as const
    const file = await readToml(path).catch((error: unknown) => {
      if (isTrusted) throw error
      return { text: '?', data: {} }
    })
    if (file.text === '') continue
    const version = versionOf(file.text)
    if (!isTrusted) {
      layers.push({ name, file: path, data: file.data, version, disabledReason: UNTRUSTED })
      continue
    }
    const { data, warnings: unknown } = checkSettings(path, file.data)
    const refused = Object.keys(data).filter((key) => NOT_OF_PROJECTS.has(key))
    const own = Object.fromEntries(Object.entries(data).filter(([key]) => !refused.includes(key)))
    layers.push({ name, file: path, data: own, version, disabledReason: null })
    warnings.push(
      ...unknown,
      ...refused.map((key) => `A project may not set ${key}, as ${path} does: it has no effect.`),
    )
  }
  return { layers, warnings }
}

/** Keys of requests may be paths with dots. */
const nested = (overrides: Table): Table =>
  merged(
    ...Object.entries(overrides)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([key, value]) => keyPathOf(key).reduceRight<unknown>((inner, one) => ({ [one]: inner }), value) as Table)
      .filter(isTable),
  )

/** Of a key as TOML writes it, such as `projects."/srv/app".trust_level`. */
export const keyPathOf = (key: string): readonly string[] => tomlStatements(`${key} = 0`)[0]?.path ?? [key]
