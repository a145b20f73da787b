/** Owns choosing one of several threads: a list that a person goes through, and narrows by typing. */
import type { Thread } from '@towline/protocol'
import type { Key } from './keys.ts'
import type { Paint } from './paint.ts'
import { safeLine } from './safe-text.ts'

export interface Picker {
  /** What is done with the chosen one. */
  readonly purpose: 'resume' | 'fork'
  readonly threads: readonly Thread[]
  readonly at: number
  readonly filter: string
}

export const openPicker = (purpose: Picker['purpose'], threads: readonly Thread[]): Picker => ({
  purpose,
  threads,
  at: 0,
  filter: '',
})

/** A thread by what a person knows of it. */
export const titleOf = ({ name, preview }: Thread): string => safeLine(name || preview) || '(nothing said yet)'

const found = ({ threads, filter }: Picker): readonly Thread[] => {
  const wanted = filter.toLowerCase()
  return threads.filter((thread) => `${thread.id} ${titleOf(thread)} ${thread.cwd}`.toLowerCase().includes(wanted))
}

/** The picker after a key, the thread that was chosen, or `closed`. */
export const picked = (picker: Picker, key: Key): Picker | { readonly chosen: Thread } | 'closed' => {
  const threads = found(picker)
  const narrowed = (filter: string): Picker => ({ ...picker, filter, at: 0 })
  switch (key.name) {
    case 'escape':
    case 'interrupt':
      return 'closed'
    case 'enter': {
      const chosen = threads[picker.at]
      return chosen ? { chosen } : picker
    }
    case 'up':
      return { ...picker, at: Math.max(picker.at - 1, 0) }
    case 'down':
      return { ...picker, at: Math.max(Math.min(picker.at + 1, threads.length - 1), 0) }
    case 'backspace':
      return narrowed(picker.filter.slice(0, -1))
    case 'text':
      return narrowed(picker.filter + key.text)
    default:
      return picker
  }
}

const dateOf = ({ updatedAt }: Thread): string =>
  Number.isFinite(updatedAt) ? new Date(updatedAt * 1000).toISOString().slice(0, 16).replace('T', ' ') : ''

export interface PickerSpace {
  readonly columns: number
  readonly rows: number
  readonly paint: Paint
}

export const pickerLines = (picker: Picker, { columns, rows, paint }: PickerSpace): readonly string[] => {
  const threads = found(picker)
  const most = Math.max(rows - 3, 1)
  const from = Math.max(Math.min(picker.at - Math.floor(most / 2), threads.length - most), 0)
  const lines = threads.slice(from, from + most).map((thread, index) => {
    const text = `${dateOf(thread)}  ${titleOf(thread)}`.slice(0, Math.max(columns - 2, 1))
    return from + index === picker.at ? paint.cyan(`> ${text}`) : `  ${text}`
  })
  return [
    paint.bold(`Which thread to ${picker.purpose}? ${picker.filter}`),
    ...(lines.length > 0 ? lines : [paint.dim('  There is none.')]),
    paint.dim('Type to narrow, ↑ ↓ to go, Enter to take, Esc to leave'.slice(0, columns)),
  ]
}
