/** Owns what a person is told when pin and server do not fit, each with the command that sets it right. */
import { AppError } from '@towline/protocol'
import type { EndpointIdentity } from './identity/endpoint-identity.ts'

/** Which server is meant. */
export interface ServerRef {
  readonly name: string
  readonly project?: string | undefined
}

/**
 * For a client without a pin, before it has sent anything. `claimed` is what the server says its key is: shown to compare,
 * and never in the command to run, since who relays it could have put it there.
 */
export const unknownServer = ({ name, project }: ServerRef, claimed?: EndpointIdentity): AppError => {
  const command = `towline webtty known-server add ${name}${projectFlag(project)} --key KEY --client-identity IDENTITY`
  return new AppError('E2E_SERVER_UNKNOWN', {
    ...{ name, command },
    ...(claimed === undefined ? {} : { claimedFingerprint: claimed.fingerprint }),
  })
}

/** For a pinned server that does not encrypt. */
export const encryptionMissing = ({ name, project }: ServerRef): AppError =>
  new AppError('E2E_REQUIRED', { name, command: removeCommand({ name, project }) })

/** For a pinned server that shows another key. */
export const serverChanged = ({ name, project }: ServerRef, pinned: EndpointIdentity): AppError =>
  new AppError('E2E_SERVER_CHANGED', { name, pinned: pinned.fingerprint, command: removeCommand({ name, project }) })

const removeCommand = ({ name, project }: ServerRef): string =>
  `towline webtty known-server remove ${name}${projectFlag(project)}`

const projectFlag = (project: string | undefined): string => (project === undefined ? '' : ` --project ${project}`)
