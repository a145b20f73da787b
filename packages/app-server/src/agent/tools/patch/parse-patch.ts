/** Owns reading a patch as models write it: files to add, delete, change or move, with lines of context instead of numbers. */
import { LIMITS } from '@towline/protocol'
import { ToolRefusal } from '../own-tool.ts'

export interface Chunk {
  /** Lines that come before, one below the other, such as the names of a class and a function. */
  readonly anchors: readonly string[]
  readonly old: readonly string[]
  readonly new: readonly string[]
  readonly atEnd: boolean
}

export type FilePatch =
  | { readonly act: 'add'; readonly path: string; readonly text: string }
  | { readonly act: 'delete'; readonly path: string }
  | {
      readonly act: 'update'
      readonly path: string
      readonly moveTo: string | undefined
      readonly chunks: readonly Chunk[]
    }

const BEGIN = '*** Begin Patch'
const END = '*** End Patch'
const ADD = '*** Add File: '
const DELETE = '*** Delete File: '
const UPDATE = '*** Update File: '
const MOVE = '*** Move to: '
const AT_END = '*** End of File'

const bad = (problem: string): ToolRefusal =>
  new ToolRefusal(`apply_patch verification failed: invalid patch: ${problem}`)

/** Throws ToolRefusal with the line that is wrong. */
export const parsePatch = (text: string): readonly FilePatch[] => {
  const lines = bodyOf(text)
  const reader = new Reader(lines)
  const files: FilePatch[] = []
  while (!reader.done) {
    files.push(reader.file())
    if (files.length > LIMITS.agentPatchFiles) throw bad(`it has more than ${LIMITS.agentPatchFiles} files.`)
  }
  if (files.length === 0) throw bad('it changes no file.')
  return files
}

/** Between its first and last line; models also write it as a heredoc. */
const bodyOf = (text: string): readonly string[] => {
  const heredoc = /^\s*<<-?\s*(['"]?)(\w+)\1\n([\s\S]*)\n\2\s*$/.exec(text)
  const lines = (heredoc?.[3] ?? text).replaceAll('\r\n', '\n').trim().split('\n')
  if (lines[0]?.trim() !== BEGIN) throw bad(`its first line must be "${BEGIN}".`)
  if (lines.length < 2 || lines.at(-1)?.trim() !== END) throw bad(`its last line must be "${END}".`)
  return lines.slice(1, -1)
}

class Reader {
  readonly #lines: readonly string[]
  #at = 0

  constructor(lines: readonly string[]) {
    this.#lines = lines
    this.#skipBlank()
  }

  get done(): boolean {
    return this.#at >= this.#lines.length
  }

  file(): FilePatch {
    const line = this.#next().trim()
    const file = this.#fileOf(line)
    this.#skipBlank()
    return file
  }

  #fileOf(line: string): FilePatch {
    if (line.startsWith(ADD)) return this.#add(pathIn(line, ADD))
    if (line.startsWith(DELETE)) return { act: 'delete', path: pathIn(line, DELETE) }
    if (line.startsWith(UPDATE)) return this.#update(pathIn(line, UPDATE))
    throw bad(`line ${this.#at + 1} ("${line.slice(0, 80)}") begins no file.`)
  }

  #add(path: string): FilePatch {
    const lines: string[] = []
    while (!this.done && this.#peek().startsWith('+')) lines.push(this.#next().slice(1))
    return { act: 'add', path, text: lines.map((line) => `${line}\n`).join('') }
  }

  #update(path: string): FilePatch {
    const moveTo =
      !this.done && this.#peek().trimStart().startsWith(MOVE) ? pathIn(this.#next().trim(), MOVE) : undefined
    const chunks: Chunk[] = []
    while (!this.done && !this.#beginsFile()) chunks.push(this.#chunk())
    if (chunks.length === 0 && moveTo === undefined) throw bad(`the update of ${path} changes nothing.`)
    return { act: 'update', path, moveTo, chunks }
  }

  #chunk(): Chunk {
    const anchors: string[] = []
    while (!this.done && /^@@(?: |$)/.test(this.#peek())) {
      const anchor = this.#next().slice(3)
      if (anchor.trim() !== '') anchors.push(anchor)
    }
    const [before, after]: [string[], string[]] = [[], []]
    let lines = 0
    for (; !this.done && isChange(this.#peek()); lines += 1) {
      const line = this.#next()
      if (!line.startsWith('+')) before.push(line.slice(1))
      if (!line.startsWith('-')) after.push(line.slice(1))
    }
    const atEnd = !this.done && this.#peek().trim() === AT_END
    if (atEnd) this.#at += 1
    if (lines === 0 && !atEnd)
      throw bad(
        `line ${this.#at + 2} ("${this.done ? '' : this.#peek().slice(0, 80)}") is no line of a change: it must begin with a space, + or -.`,
      )
    return { anchors, old: before, new: after, atEnd }
  }

  #beginsFile(): boolean {
    const line = this.#peek().trimEnd()
    return [ADD, DELETE, UPDATE].some((one) => line.startsWith(one))
  }

  #peek(): string {
    return this.#lines[this.#at] ?? ''
  }

  #next(): string {
    const line = this.#peek()
    this.#at += 1
    return line
  }

  #skipBlank(): void {
    while (!this.done && this.#peek().trim() === '') this.#at += 1
  }
}

/** An empty line is one of context whose space was lost. */
const isChange = (line: string): boolean =>
  line === '' || line.startsWith(' ') || line.startsWith('+') || line.startsWith('-')

const pathIn = (line: string, prefix: string): string => {
  const path = line.slice(prefix.length).trim()
  if (path === '' || path.includes('\0')) throw bad(`"${line.slice(0, 80)}" names no file.`)
  return path
}
