/** Owns reading which permissions a login asks for: their names, or the use cases that need several. */
import {
  ALL_PERMISSIONS,
  AppError,
  type Permission,
  permissionsFor,
  shown,
  USE_CASES,
  type UseCase,
} from '@towline/protocol'

/** In table order, each once. Throws OPTION_INVALID. */
export const wantedPermissions = (texts: readonly string[]): readonly Permission[] => {
  const words = texts.flatMap((text) => text.split(',')).map((word) => word.trim())
  const wanted = new Set(words.flatMap(permissionsOf))
  return ALL_PERMISSIONS.filter((permission) => wanted.has(permission))
}

const permissionsOf = (word: string): readonly Permission[] => {
  const known = ALL_PERMISSIONS.find((permission) => permission === word)
  if (known) return [known]
  if (Object.hasOwn(USE_CASES, word)) return permissionsFor(word as UseCase)
  const problem = `it is one of ${ALL_PERMISSIONS.join(', ')}, or of the use cases ${Object.keys(USE_CASES).join(', ')}`
  throw new AppError('OPTION_INVALID', { option: '--permissions', value: shown(word), problem })
}
