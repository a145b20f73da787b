/** Owns what a client says of itself. */
import { arch, platform } from 'node:os'
import type { Secret } from '@towline/base'
import { type Hello, type Labels, LINK_VERSIONS, validateLabels } from '@towline/protocol'

/** Who it is when the application does not say. */
const AGENT = 'towline-sdk/0.1.0'

export interface About {
  readonly agent?: string | undefined
  readonly labels?: Labels | undefined
  readonly project?: string | undefined
}

/** Throws LABEL_INVALID. */
export const helloOf = ({ agent = AGENT, labels, project }: About, token: Secret): Hello => ({
  type: 'hello',
  ...LINK_VERSIONS,
  token: token.reveal(),
  agent,
  os: platform(),
  arch: arch(),
  ...(labels && { labels: validateLabels(labels) }),
  ...(project !== undefined && { project }),
})
