/** Owns reading the name of a server where a person may write its address. */
import { TOW_SCHEME } from '@towline/protocol'

/** `vault` of `tow://vault` or `vault`. */
export const bare = (text: string): string =>
  text.toLowerCase().startsWith(TOW_SCHEME) ? text.slice(TOW_SCHEME.length).replace(/\/$/, '') : text
