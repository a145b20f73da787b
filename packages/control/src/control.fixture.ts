/** Owns opening a control room in a temporary folder, with a clock that stands still. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@towline/base'
import { type Control, type ControlOptions, openControl } from './control.ts'

export interface ControlFixture {
  readonly dir: string
  readonly control: Control
  readonly clock: { ms: number }
  close(): Promise<void>
}

/** A folder that `remove` deletes. */
export const tempDir = (): { readonly dir: string; remove(): void } => {
  const dir = mkdtempSync(join(tmpdir(), 'towline-control-'))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

export const controlFixture = async (options: Partial<ControlOptions> = {}): Promise<ControlFixture> => {
  const { dir, remove } = tempDir()
  const clock = { ms: 1_760_000_000_000 }
  const control = await openControl({ dir, log: silentLog(), clock: () => clock.ms, ...options })
  const close = async (): Promise<void> => {
    await control.close()
    remove()
  }
  return { dir, control, clock, close }
}
