/** Owns reading what holds in a folder, and remembering what people decide, in the files of a home. */
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { withFileLock, writePrivateFile } from '@towline/base'
import { AppError, LIMITS } from '@towline/protocol'
import type { AgentConfig, ConfigSource } from './agent-config.ts'
import { checkSettings } from './check-settings.ts'
import { editToml, type TomlEdit } from './edit-toml.ts'
import { readInstructions } from './instructions.ts'
import { CONFIG_FILE, effective, type Layers, readLayers } from './layers.ts'
import { isTable } from './merge.ts'
import { projectOf } from './project.ts'
import { type Env, resolveConfig } from './resolve-config.ts'
import { appendRule, readRules } from './rules-files.ts'
import { parseToml, readToml, type Table, versionOf } from './toml-file.ts'

export interface Written {
  readonly file: string
  readonly version: string
}

export interface HomeConfig extends ConfigSource {
  /** The settings of the home's own config.toml. */
  readonly file: string
  layers(cwd: string, overrides?: Table): Promise<Layers>
  /**
   * All edits or none. Rejects with CONFIG_CHANGED when the file is not of `expectedVersion`, with CONFIG_INVALID when it would
   * not be valid any more, or cannot be changed.
   */
  write(edits: readonly TomlEdit[], expectedVersion?: string): Promise<Written>
  /** Remembers for good that a tool runs unasked; a server that a project declares is none of this home. */
  allowTool(server: string, tool: string): Promise<void>
}

export interface ConfigSourceOptions {
  readonly home: string
  readonly env: Env
}

export const openConfigSource = ({ home, env }: ConfigSourceOptions): HomeConfig => {
  const file = join(home, CONFIG_FILE)
  const layers = (cwd: string, overrides?: Table): Promise<Layers> => readLayers(home, cwd, overrides)
  const write = (edits: readonly TomlEdit[], expectedVersion?: string): Promise<Written> =>
    withFileLock(file, async () => {
      const { text } = await readToml(file)
      if (expectedVersion !== undefined && expectedVersion !== versionOf(text))
        throw new AppError('CONFIG_CHANGED', { file })
      const next = await editToml(file, text, edits)
      checkSettings(file, await parseToml(file, next))
      // Settings are often links into a folder that is kept under version control.
      if (next !== text) await writePrivateFile(await realpath(file).catch(() => file), next)
      return { file, version: versionOf(next) }
    })
  return {
    ...{ home, file, layers, write },
    read: async (cwd, overrides) => await readConfig({ home, env, layers: await layers(cwd, overrides) }),
    trust: async (cwd) => {
      const { root } = await projectOf(cwd)
      await write([{ path: ['projects', root, 'trust_level'], value: 'trusted', upsert: false }])
    },
    allow: (pattern) => appendRule(home, pattern),
    allowTool: async (server, tool) => {
      const { mcp_servers: servers } = (await readToml(file)).data
      if (!isTable(servers) || !Object.hasOwn(servers, server)) return
      await write([{ path: ['mcp_servers', server, 'tools', tool, 'approval_mode'], value: 'approve', upsert: false }])
    },
  }
}

interface Reading extends ConfigSourceOptions {
  readonly layers: Layers
}

const readConfig = async ({ home, env, layers }: Reading): Promise<AgentConfig> => {
  const { project, trust, all } = layers
  const file = join(home, CONFIG_FILE)
  const { settings, warnings } = checkSettings(file, effective(layers))
  const { instructions, warnings: cuts } = await readInstructions({
    ...{ home, project },
    maxBytes: settings.project_doc_max_bytes ?? LIMITS.projectDocBytes,
    otherNames: settings.project_doc_fallback_filenames ?? [],
  })
  const trusted = trust === 'trusted' ? project.folders.map((folder) => join(folder, '.codex')) : []
  const { rules, warnings: broken } = await readRules([home, ...trusted.filter((folder) => folder !== home)])
  const off = all.flatMap(({ file: path, disabledReason }) =>
    disabledReason === null ? [] : [`${path} has no effect: ${disabledReason}.`],
  )
  return {
    ...resolveConfig(settings, { file, home, env, cwd: project.cwd, trust }),
    ...{ instructions, rules },
    warnings: [...layers.warnings, ...warnings, ...off, ...cuts, ...broken],
  }
}
