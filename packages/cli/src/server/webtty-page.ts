/** Owns the page that a WebTTY server shows to browsers; the bundle holds its text in place of this module's. */
import type { RequestListener } from 'node:http'

/** Answers the page, or undefined where it was not built in. */
export const webttyPage = async (): Promise<RequestListener | undefined> => undefined
