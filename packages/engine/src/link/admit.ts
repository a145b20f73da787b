/** Owns what is asked between the hello and the welcome: who may link, whose lane it is, and what is shown of a client. */
import { AppError, type Hello, type Principal, shown } from '@towline/protocol'
import type { Host } from '../registry/host.ts'
import type { Link, LinkOwner } from './link.ts'
import type { LinkDeps } from './link-deps.ts'

/** Throws UNAUTHENTICATED when the credential has ended meanwhile, FORBIDDEN when it may do nothing over a link. */
export const requireLinkable = (principal: Principal, { isOver }: Pick<LinkDeps, 'isOver'>): void => {
  if (isOver(principal)) throw new AppError('UNAUTHENTICATED')
  const { permissions } = principal
  if (permissions.includes('tunnels.create') || permissions.includes('tunnels.connect')) return
  throw new AppError('FORBIDDEN', { permission: 'tunnels.connect' })
}

/**
 * The first link of the client that a lane says it is of. It must hold the very same credential: NOT_FOUND tells who asks for
 * another's nothing.
 */
export const firstLinkOf = (owner: LinkOwner, { credentialId, projectId }: Principal, clientId: string): Link => {
  const found = owner.find(clientId)
  if (found?.welcomed && found.principal.credentialId === credentialId && found.principal.projectId === projectId) {
    return found
  }
  throw new AppError('NOT_FOUND', { what: 'client', id: shown(clientId) })
}

/** What the peer says of itself is shown to people: it is made safe and short. */
export const aboutClient = ({ id, info, deps }: Link, principal: Principal, hello: Hello): Host['about'] => ({
  id,
  agent: shown(hello.agent),
  os: shown(hello.os),
  arch: shown(hello.arch),
  labels: hello.labels ?? {},
  address: info.address,
  transport: info.transport,
  owner: principal.credentialId,
  projectId: principal.projectId,
  status: 'online',
  createdAt: Math.floor(deps.clock() / 1000),
})
