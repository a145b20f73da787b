/** Owns the token a page was opened with: taken out of the address bar at once, kept by the tab alone. */
import { TOKEN_PARAMETER } from '@towline/protocol'

/** What is used of a window. */
export interface TokenWindow {
  readonly location: { readonly href: string }
  readonly history: { replaceState(data: unknown, unused: string, url: string): void }
  /** Of the tab: gone with it, and read by pages of this very address only. */
  readonly sessionStorage: {
    getItem(key: string): string | null
    setItem(key: string, value: string): void
    removeItem(key: string): void
  }
}

/** The token of the address, else the one the tab had before it was loaded again; empty when there is none. */
export const takeToken = ({ location, history, sessionStorage }: TokenWindow): string => {
  const url = new URL(location.href)
  const token = url.searchParams.get(TOKEN_PARAMETER)
  if (token === null) return sessionStorage.getItem(TOKEN_PARAMETER) ?? ''
  url.searchParams.delete(TOKEN_PARAMETER)
  history.replaceState(null, '', url.href)
  sessionStorage.setItem(TOKEN_PARAMETER, token)
  return token
}

/** It lets nobody in any more. */
export const dropToken = ({ sessionStorage }: TokenWindow): void => sessionStorage.removeItem(TOKEN_PARAMETER)
