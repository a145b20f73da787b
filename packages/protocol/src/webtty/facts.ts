/** Owns the labels by which a WebTTY server tells inventories what it offers. They are hints: nothing secret, nothing trusted. */
import type { Labels } from '../tunnel.ts'
import type { ServerFacts } from './messages.ts'

/** Value of the label that marks a tunnel as a WebTTY server: the version of its protocol. */
export const WEBTTY_VERSION = 'v1'

/** The label that marks a tunnel as a WebTTY server. */
export const WEBTTY_LABEL = 'towline.webtty'

/** Where the files of a server are asked for, also of one that serves none and says so. */
export const FS_PATH = '/fs'

const PREFIX = `${WEBTTY_LABEL}/`

/** What a server can do for those who ask. */
export type Capability = 'exec' | 'pty' | 'fs' | 'expose'

/** What labels tell of a server; what a label does not say is absent. */
export interface AdvertisedFacts {
  readonly execPath: string
  readonly fsPath?: string
  readonly fsMode?: string
  readonly capabilities: readonly string[]
  readonly e2e: boolean
  readonly os?: string
  readonly arch?: string
  readonly hostname?: string
}

/** As labels, beside those of people. */
export const factLabels = (facts: ServerFacts): Labels => ({
  [WEBTTY_LABEL]: WEBTTY_VERSION,
  [`${PREFIX}os`]: facts.os,
  [`${PREFIX}arch`]: facts.arch,
  [`${PREFIX}hostname`]: facts.hostname,
  [`${PREFIX}exec-path`]: facts.execPath,
  [`${PREFIX}capabilities`]: capabilitiesOf(facts).join(','),
  [`${PREFIX}e2e`]: facts.e2e ? 'required' : 'disabled',
  ...(facts.fsPath !== undefined && { [`${PREFIX}fs-path`]: facts.fsPath }),
  ...(facts.fsMode !== undefined && { [`${PREFIX}fs-mode`]: facts.fsMode }),
})

const capabilitiesOf = ({ fsPath, expose }: ServerFacts): readonly Capability[] => [
  ...(['exec', 'pty'] as const),
  ...(fsPath === undefined ? [] : (['fs'] as const)),
  ...(expose ? (['expose'] as const) : []),
]

/** What the labels of a tunnel say, or undefined when it is no WebTTY server. */
export const readFacts = (labels: Labels): AdvertisedFacts | undefined => {
  if (labels[WEBTTY_LABEL] === undefined) return undefined
  const of = (name: string): string | undefined => labels[PREFIX + name] || undefined
  const optional = {
    fsPath: of('fs-path'),
    fsMode: of('fs-mode'),
    os: of('os'),
    arch: of('arch'),
    hostname: of('hostname'),
  }
  return {
    execPath: of('exec-path') ?? '/',
    capabilities: (of('capabilities') ?? '').split(',').filter((each) => each !== ''),
    e2e: of('e2e') === 'required',
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<AdvertisedFacts>),
  }
}

/** The labels of people: all but ours. */
export const ownLabels = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => key !== WEBTTY_LABEL && !key.startsWith(PREFIX)))
