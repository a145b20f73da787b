/** Owns what a tab keeps of its terminal while the page is loaded again, so that it goes on where it was. */
import type { Picture } from './screen.ts'

/** A terminal to come back to. */
export interface KeptTerminal {
  readonly processId: string
  readonly resumeToken: string
  /** Output that `picture` shows. */
  readonly offset: number
  readonly picture: Picture
}

const KEY = 'towline.terminal'

/** Of this tab; a picture that does not fit is left out with all the rest. */
export const keepTerminal = (kept: KeptTerminal): void => {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept))
  } catch {
    sessionStorage.removeItem(KEY)
  }
}

/** It is there once: a copy of the tab opens a terminal of its own. */
export const takeKept = (): KeptTerminal | undefined => {
  const text = sessionStorage.getItem(KEY)
  sessionStorage.removeItem(KEY)
  if (text === null) return undefined
  try {
    return JSON.parse(text) as KeptTerminal
  } catch {
    return undefined
  }
}

export const forgetKept = (): void => sessionStorage.removeItem(KEY)
