/** Owns the operations on the settings of a project. */
import { z } from '../zod.ts'
import { type SETTINGS, settingsOf } from '../../project/settings.ts'
import { patchSettings, readSettings, resetSettings } from '../../project/settings-store.ts'
import { defineOperation } from '../operation.ts'
import { projectId } from '../schemas/fields.ts'
import { settings, settingsChange } from '../schemas/settings.ts'
import { without } from '../without.ts'

const params = z.strictObject({ projectId })

/** Every key that can be set has to be in the schemas of requests and answers. */
type Keys = keyof typeof SETTINGS

const view = (stored: Awaited<ReturnType<typeof readSettings>>) => ({
  settings: settingsOf(stored),
  changed: Object.keys(stored) as Keys[],
})

export const settingsRead = defineOperation({
  id: 'settings.read',
  method: 'get',
  path: '/projects/{projectId}/settings',
  tag: 'Settings',
  summary: 'Read settings',
  description: 'Everything a project is set to, and which of it is not by default. null does not restrict.',
  rules: [{ resource: 'control.settings', action: 'read' }],
  at: 'project',
  params,
  output: settings,
  risk: 'read',
  mcp: { name: 'towline_project_settings_get' },
  run: async ({ place, db }) => view(await readSettings(db, place.project.id)),
})

export const settingsPatch = defineOperation({
  id: 'settings.change',
  method: 'patch',
  path: '/projects/{projectId}/settings',
  tag: 'Settings',
  summary: 'Change settings',
  description:
    'Sets the keys that are there; null takes one back to its default. Tunnels that open from now on keep to it; those that ' +
    'are open stay.',
  rules: [{ resource: 'control.settings', action: 'update' }],
  at: 'project',
  params,
  body: settingsChange,
  output: settings,
  risk: 'policy',
  mcp: { name: 'towline_project_settings_update' },
  run: async ({ place, db }, input) => view(await patchSettings(db, place.project.id, without(input, 'projectId'))),
})

export const settingsReset = defineOperation({
  id: 'settings.reset',
  method: 'delete',
  path: '/projects/{projectId}/settings',
  tag: 'Settings',
  summary: 'Reset settings',
  description: 'Takes everything back to its defaults, which restrict nothing.',
  rules: [{ resource: 'control.settings', action: 'delete' }],
  at: 'project',
  params,
  output: settings,
  risk: 'policy',
  mcp: { name: 'towline_project_settings_reset' },
  run: async ({ place, db }) => view(await resetSettings(db, place.project.id)),
})
