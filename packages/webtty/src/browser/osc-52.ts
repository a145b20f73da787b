/** Owns what a program asks to have copied, by OSC 52 (xterm's control sequences, "Manipulate Selection Data"). */

/** Text for the clipboard; undefined for a question, which is never answered, and for what is no base64 or no UTF-8. */
export const copiedBy = (data: string): string | undefined => {
  const [, coded] = /^[a-z0-9]*;([A-Za-z0-9+/]+={0,2})$/.exec(data) ?? []
  if (coded === undefined) return undefined
  try {
    const bytes = Uint8Array.from(atob(coded), (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
