/** Owns the version this program says it is; a test holds it to package.json, so that starting reads no file. */
export const VERSION = '0.1.0'

/** How this program introduces itself to a server. */
export const AGENT = `towline-cli/${VERSION}`
