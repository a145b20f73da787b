/** Owns how the server calls itself to a client, who warns of a version that is older than its own. */
import { arch, release, type } from 'node:os'

/** Whose methods and shapes are served. */
const CODEX_VERSION = '0.169.0'

export interface ClientInfo {
  readonly name: string
  readonly version: string
}

/** `name/version (system; machine) terminal (client; version)`, as stock servers write it. */
export const userAgentOf = ({ name, version }: ClientInfo): string =>
  `${name}/${newer(version, CODEX_VERSION)} (${type()} ${release()}; ${arch()}) towline (${name}; ${version})`

const newer = (one: string, other: string): string => (isNewer(one, other) ? one : other)

const isNewer = (one: string, other: string): boolean => {
  const [left, right] = [numbersOf(one), numbersOf(other)]
  if (!left || !right) return false
  const at = left.findIndex((number, index) => number !== right[index])
  return at >= 0 && (left[at] ?? 0) > (right[at] ?? 0)
}

const numbersOf = (version: string): readonly number[] | undefined =>
  /^\d{1,6}\.\d{1,6}\.\d{1,6}(?:[-+][\w.+-]{0,64})?$/.test(version)
    ? version.split(/[-+]/, 1)[0]?.split('.').map(Number)
    : undefined
