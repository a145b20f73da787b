/** Owns the difference that a turn made to files, from before its first patch to after its last. */
import { relative } from 'node:path'
import { LIMITS } from '@towline/protocol'
import { unifiedDiff } from './unified-diff.ts'

interface Tracked {
  readonly before: string | undefined
  readonly after: string | undefined
}

export class TurnDiff {
  readonly #files = new Map<string, Tracked>()
  #told = ''

  /** Undefined: there is no file. */
  changed(path: string, before: string | undefined, after: string | undefined): void {
    const known = this.#files.get(path)
    this.#files.set(path, { before: known ? known.before : before, after })
  }

  /** The text, when it is another than was answered before. */
  news(root: string): string | undefined {
    const text = this.text(root)
    if (text === this.#told) return undefined
    this.#told = text
    return text
  }

  /** As git writes it, with names below `root` where they lie there. */
  text(root: string): string {
    const all = [...this.#files.entries()]
      .filter(([, { before, after }]) => before !== after)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, file]) => fileText(nameOf(path, root), file))
      .join('')
    const most = LIMITS.agentDiffChars
    return all.length > most ? `${all.slice(0, most)}\n[the rest of the diff is left out]\n` : all
  }
}

const nameOf = (path: string, root: string): string => {
  const name = relative(root, path)
  return name === '' || name.startsWith('..') ? path.slice(1) : name
}

const fileText = (name: string, { before, after }: Tracked): string =>
  [
    `diff --git a/${name} b/${name}`,
    ...(before === undefined ? ['new file mode 100644'] : []),
    ...(after === undefined ? ['deleted file mode 100644'] : []),
    `--- ${before === undefined ? '/dev/null' : `a/${name}`}`,
    `+++ ${after === undefined ? '/dev/null' : `b/${name}`}`,
    unifiedDiff(before ?? '', after ?? ''),
  ].join('\n')
