/** Owns listing all that is below a folder, within the bounds that the client and we set. */
import { LIMITS } from '@towline/protocol'
import { faultOf } from '../../rpc/rpc-error.ts'
import { uriOf } from '../file-uri.ts'
import { readDirectory, type Target } from './read.ts'

export interface WalkOptions {
  readonly maxDepth?: number | undefined
  readonly maxDirectories?: number | undefined
  readonly maxEntries?: number | undefined
}

export interface Walked {
  readonly entries: readonly { readonly path: string; readonly kind: 'directory' | 'file' }[]
  readonly errors: readonly { readonly path: string; readonly message: string }[]
  readonly truncated: boolean
}

/** Links are not followed. */
export const walk = async (target: Target, options: WalkOptions): Promise<Walked> => {
  const most = Math.min(options.maxEntries ?? Infinity, LIMITS.execServerEntries)
  const deepest = Math.min(options.maxDepth ?? Infinity, LIMITS.execServerWalkDepth)
  const entries: { path: string; kind: 'directory' | 'file' }[] = []
  const errors: { path: string; message: string }[] = []
  const folders = [{ path: target.path, depth: 0 }]
  let [opened, truncated] = [0, false]
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    if (++opened > (options.maxDirectories ?? Infinity)) return { entries, errors, truncated: true }
    const read = await readDirectory({ ...target, path: folder.path }).catch((error: unknown) => error as Error)
    if (read instanceof Error) {
      if (folder.depth === 0) throw read
      errors.push({ path: uriOf(folder.path), message: faultOf(read, () => undefined).message })
      continue
    }
    for (const { fileName, isDirectory, isFile } of read.entries) {
      if (entries.length >= most) return { entries, errors, truncated: true }
      if (!isDirectory && !isFile) continue
      const path = `${folder.path.replace(/\/$/, '')}/${fileName}`
      entries.push({ path: uriOf(path), kind: isDirectory ? 'directory' : 'file' })
      if (!isDirectory) continue
      if (folder.depth + 1 < deepest) folders.push({ path, depth: folder.depth + 1 })
      else truncated = true
    }
  }
  return { entries, errors, truncated }
}
