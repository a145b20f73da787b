/** Owns which tools a server has: those of a profile, or some by name. */
import { AppError } from '@towline/protocol'
import { PROFILES, type Profile, type Tool } from '../tool.ts'

/** Throws OPTION_INVALID. */
export const chooseTools = <T extends Pick<Tool, 'profile'> & { readonly name: string }>(
  tools: readonly T[],
  wanted: string,
): readonly T[] => {
  if (isProfile(wanted)) return tools.filter(({ profile }) => PROFILES.indexOf(profile) <= PROFILES.indexOf(wanted))
  const names = wanted.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !tools.some((tool) => tool.name === name))
  if (unknown === undefined) return tools.filter(({ name }) => names.includes(name))
  const problem = `there is no tool "${unknown}"; give ${PROFILES.join(', ')}, or names of tools with commas between`
  throw new AppError('OPTION_INVALID', { option: '--profile', value: wanted, problem })
}

const isProfile = (text: string): text is Profile => (PROFILES as readonly string[]).includes(text)
