/** Owns which variables of the asker go to the supervisor with a call. */
import { resolve } from 'node:path'
import type { Env } from '../context/home.ts'
import type { AskerEnv } from './wire.ts'

/** They say which server is meant, as whom. */
const TEXTS = ['TOWLINE_URL', 'TOWLINE_TOKEN', 'TOWLINE_CONTEXT', 'TOWLINE_PROJECT'] as const
/** Relative to the folder of the asker, not to that of the supervisor. */
const FILES = ['TOWLINE_TOKEN_FILE', 'TOWLINE_CA_FILE'] as const

export const askerEnv = (env: Env): AskerEnv => ({
  ...Object.fromEntries(TEXTS.flatMap((key) => (env[key] ? [[key, env[key]]] : []))),
  ...Object.fromEntries(FILES.flatMap((key) => (env[key] ? [[key, resolve(env[key])]] : []))),
})
