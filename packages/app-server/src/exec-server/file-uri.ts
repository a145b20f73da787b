/** Owns paths as clients write them: `file:` URIs of this machine. */
import { fileURLToPath, pathToFileURL } from 'node:url'
import { RpcError } from '../rpc/rpc-error.ts'

/** An absolute path. Throws RpcError. */
export const pathOf = (uri: string): string => {
  try {
    const path = fileURLToPath(uri)
    if (!path.includes('\0')) return path
  } catch {
    // Said below.
  }
  throw new RpcError('invalidParams', `"${uri.slice(0, 200)}" is no file: URI of this machine`)
}

export const uriOf = (path: string): string => pathToFileURL(path).href

/** A sandbox names places in either way. Throws RpcError. */
export const placeOf = (text: string): string => (text.startsWith('/') ? text : pathOf(text))
