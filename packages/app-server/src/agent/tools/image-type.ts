/** Owns telling images apart by their first bytes: those that models can see. */

const MAGIC: readonly (readonly [type: string, at: number, bytes: string])[] = [
  ['image/png', 0, '\x89PNG\r\n\x1A\n'],
  ['image/jpeg', 0, '\xFF\xD8\xFF'],
  ['image/gif', 0, 'GIF8'],
  ['image/webp', 8, 'WEBP'],
]

/** Undefined where it is none. */
export const imageType = (bytes: Uint8Array): string | undefined => {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1')
  return MAGIC.find(([, at, magic]) => head.startsWith(magic, at))?.[0]
}
