/** Owns the clipboard of the device: programs and selections write to it, nothing reads it but the person's own paste. */

/** UTF-16 units that are copied at most. */
const MOST_COPIED = 4 * 1024 * 1024

export interface Copying {
  /** Copied, or why not. */
  mention(text: string): void
  /** The browser wants a press of a button: `copy` is for its handler. */
  offer(copy: () => void): void
}

/** Copies `text`, at once where the browser lets it. */
export const copyText = async (text: string, { mention, offer }: Copying): Promise<void> => {
  if (text.length > MOST_COPIED) return mention('Too much to copy.')
  try {
    await navigator.clipboard.writeText(text)
    mention(`Copied ${text.length} characters.`)
  } catch {
    offer(() => void copyText(text, { mention, offer: () => mention('This browser does not let pages copy.') }))
  }
}

/** What the clipboard holds; undefined when the browser or the person does not let us. */
export const readClipboard = async (): Promise<string | undefined> => {
  try {
    return await navigator.clipboard.readText()
  } catch {
    return undefined
  }
}
