/** Owns which of the server's variables a process gets: what the client's policy says, and never the server's own secrets. */
import type { EnvPolicy } from '@towline/protocol'

export type Env = Readonly<Record<string, string | undefined>>

const CORE = ['PATH', 'SHELL', 'TMPDIR', 'TEMP', 'TMP', 'HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'LOGNAME', 'USER']
const SECRETS = ['*KEY*', '*SECRET*', '*TOKEN*']
const OWN = /^TOWLINE_/i
/** By it the machine finds what a command of its server left behind, so it stays. */
const MARK = 'TOWLINE_EXEC_ID'

/** Without a policy: what the client sets, over what every program needs. */
const PLAIN: EnvPolicy = { inherit: 'core', ignoreDefaultExcludes: false, exclude: [], set: {}, includeOnly: [] }

export interface EnvRequest {
  readonly policy: EnvPolicy | null | undefined
  readonly env: Readonly<Record<string, string>>
  readonly server: Env
}

export const processEnv = ({ policy, env, server }: EnvRequest): Record<string, string> => {
  const mark = server[MARK]
  return { ...inherited(policy ?? PLAIN, server), ...env, ...(mark !== undefined && { [MARK]: mark }) }
}

const inherited = (policy: EnvPolicy, server: Env): Readonly<Record<string, string>> => {
  const { inherit, ignoreDefaultExcludes, exclude, set, includeOnly } = policy
  const excluded = [...(ignoreDefaultExcludes ? [] : SECRETS), ...exclude].map(pattern)
  const included = includeOnly.map(pattern)
  const kept = Object.entries(server).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !OWN.test(entry[0]) &&
      (inherit === 'all' || (inherit === 'core' && CORE.includes(entry[0]))) &&
      !excluded.some((one) => one.test(entry[0])),
  )
  const all = Object.entries({ ...Object.fromEntries(kept), ...set })
  return Object.fromEntries(
    included.length === 0 ? all : all.filter(([name]) => included.some((one) => one.test(name))),
  )
}

/** `*` and `?` as in file names, in any case. */
const pattern = (text: string): RegExp => {
  const parts = text
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${parts}$`, 'i')
}
