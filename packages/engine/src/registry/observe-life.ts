/** Owns what of the life of tunnels and clients goes into the logs of their project. */
import type { Authority } from '@towline/protocol'
import type { ChangeEvent } from './journal.ts'

/** In words; what is not here is not told. */
const WORDS: Partial<Readonly<Record<ChangeEvent['type'], string>>> = {
  'tunnel.created': 'opened',
  'tunnel.updated': 'lost its host and waits for it',
  'tunnel.deleted': 'ended',
  'client.created': 'a client linked',
  'client.deleted': 'a client left',
}

export const observeLife = (
  authority: Pick<Authority, 'observe'>,
  { type, object, createdAt: at }: ChangeEvent,
): void => {
  const words = WORDS[type]
  if (words === undefined) return
  const { projectId, labels, owner: credentialId } = object
  const cause = 'cause' in object ? `: ${object.cause}` : ''
  const tunnel = 'name' in object ? { tunnelId: object.id, tunnel: object.name } : { address: object.address }
  authority.observe({ projectId, at, kind: 'lifecycle', labels, credentialId, ...tunnel, message: `${words}${cause}` })
}
