/** Owns what a tunnel or project may be called: one DNS label (RFC 1035 §2.3.1, RFC 5891 §4.2.3.1) with room for suffixes. */
import { AppError } from './errors.ts'
import { LIMITS } from './limits.ts'
import { shown } from './shown.ts'

/** Words our own hosts and paths use, and names that browsers, mail and auto-configuration give a meaning. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(
  `acme admin api auth autoconfig autodiscover broadcasthost gateway health healthz internal invalid ip6-localhost
  ip6-loopback isatap link local localdomain localhost login logout mcp mta-sts oauth onion static towline well-known
  wpad www`.split(/\s+/),
)

/** The longest host name DNS carries (RFC 1035 §2.3.4), in characters without the final dot. */
const HOST_CHARS = 253

/** What is wrong with a name, in the order it is told. */
const FLAWS: readonly (readonly [(name: string) => boolean, string | ((name: string) => string)])[] = [
  [(name) => name === '', 'it is empty'],
  [
    (name) => name.length > LIMITS.nameChars,
    (name) => `it has ${name.length} characters, at most ${LIMITS.nameChars} fit`,
  ],
  [
    (name) => /^[A-Za-z0-9-]+$/.test(name) && /[A-Z]/.test(name),
    (name) => `write it in lower case, "${name.toLowerCase()}"`,
  ],
  [(name) => /[^a-z0-9-]/.test(name), 'it holds other characters than a-z, 0-9 and "-"'],
  [(name) => name.startsWith('-') || name.endsWith('-'), 'it starts or ends with "-"'],
  [(name) => name.slice(2, 4) === '--', 'it has "--" as third and fourth character, as encoded foreign names do'],
  [(name) => /^[0-9]+$/.test(name), 'it is only digits, as addresses are'],
]

/** Answers `name` when a tunnel may have it; throws NAME_INVALID or NAME_RESERVED. */
export const validateName = (name: string): string => {
  for (const [has, problem] of FLAWS) {
    if (!has(name)) continue
    throw new AppError('NAME_INVALID', {
      name: shown(name),
      problem: typeof problem === 'string' ? problem : problem(name),
    })
  }
  if (RESERVED_NAMES.has(name)) throw new AppError('NAME_RESERVED', { name })
  return name
}

/** The slug of a project follows the same rules as a name. */
export const validateSlug = validateName

/** The host visitors use: `<name>.<slug>.<domain>`. Throws NAME_INVALID when DNS could not carry it. */
export const publicHost = (name: string, slug: string, domain: string): string => {
  const host = `${validateName(name)}.${validateSlug(slug)}.${domain}`
  if (host.length <= HOST_CHARS) return host
  throw new AppError('NAME_INVALID', {
    name,
    problem: `its host name would have ${host.length} characters, DNS carries ${HOST_CHARS}`,
  })
}
