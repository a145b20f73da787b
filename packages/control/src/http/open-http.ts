/** Owns handing requests of the server's own host to the OAuth server or the site, with what is known of their sender. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { clientAddress } from '@towline/base'
import { AppError } from '@towline/protocol'
import { ADDRESS_FIELD } from '../accounts/address-field.ts'
import { keepOperator } from '../audit/keep.ts'
import type { ControlApiOptions } from '../api/open-api.ts'
import { addInvited, type Invited } from '../accounts/invite.ts'
import { newSetupToken } from '../accounts/setup-link.ts'
import type { ServerConfig } from '../config/server-config.ts'
import type { Control } from '../control.ts'
import type { Site as DescribedSite } from '../discovery/site.ts'
import { partsOf } from '../parts.ts'
import { countUsers } from '../user/user-store.ts'
import type { Serve } from './serve.ts'
import { tell } from './tell.ts'

export interface ControlHttpOptions extends Pick<ServerConfig, 'providers' | 'trust' | 'clientDocuments'> {
  readonly control: Control
  /** How people and programs reach this server: an origin, which is also the issuer of its tokens. */
  readonly publicUrl: string
  readonly version: string
  /** The control API, and with pages and documents the hosted MCP endpoint; without it there are none. */
  readonly api?: ControlApiOptions
  /** What pages and documents tell besides accounts and OAuth; without it there are none. */
  readonly discovery?: Pick<DescribedSite, 'files' | 'apis' | 'status'>
}

/** The site and APIs of the control room, without a listener of their own. */
export interface ControlHttp {
  readonly publicUrl: string
  /** For requests of the server's own host name that the engine does not answer itself. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  /** A new one-time link that makes the first owner; undefined when there is one. Links given out before stop working. */
  setupUrl(): Promise<string | undefined>
  /** A one-time link with which an invited person chooses a password; the person is made when there is none. */
  inviteUrl(person: Invited): Promise<string>
}

/** Loads nothing heavy before it is needed. */
export const openControlHttp = (options: ControlHttpOptions): ControlHttp => {
  const { control, publicUrl } = options
  const { host, protocol, origin } = new URL(publicUrl)
  if (origin !== publicUrl)
    throw new AppError('OPTION_INVALID', { option: 'publicUrl', value: publicUrl, problem: 'it is not an origin' })
  const parts = partsOf(control)
  const { db, authority, clock } = parts
  authority.publicUrl = publicUrl
  const now = (): number => Math.floor(clock() / 1000)
  const linkFor: ControlHttp['inviteUrl'] = async (person) => {
    const userId = await addInvited(db, person, now())
    return `${publicUrl}/setup/${await newSetupToken({ db, now: now() }, { userId })}`
  }
  const inviteUrl: ControlHttp['inviteUrl'] = async (person) => {
    const { email, role, workspaceId } = person
    await keepOperator(parts, { action: 'members.invite', workspaceId, target: email, details: { role } })
    return linkFor(person)
  }
  let serving: Promise<Serve> | undefined
  const load = async (): Promise<Serve> => (await import('./serve.ts')).createServing(options, linkFor)
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const address = clientAddress(request)
    if (goesElsewhere(request, host)) return sendThere(response, `${publicUrl}${request.url ?? '/'}`)
    tell(request, {
      host,
      [ADDRESS_FIELD]: address,
      'x-forwarded-for': address,
      'x-forwarded-host': host,
      'x-forwarded-proto': protocol.slice(0, -1),
    })
    if (protocol === 'https:') response.setHeader('strict-transport-security', 'max-age=31536000')
    serving ??= load()
    serving.then((serve) => serve(request, response, address)).catch(() => response.destroy())
  }
  return {
    publicUrl,
    handle,
    setupUrl: async () => {
      if ((await countUsers(db)) > 0) return undefined
      return `${publicUrl}/setup/${await newSetupToken({ db, now: now() }, {})}`
    },
    inviteUrl,
  }
}

/** Cookies belong to one host name, so people are sent to the one that links and redirects use. */
const goesElsewhere = (request: IncomingMessage, host: string): boolean =>
  request.method === 'GET' && request.headers.host !== host && request.headers.accept?.includes('text/html') === true

const sendThere = (response: ServerResponse, location: string): void => {
  response.writeHead(307, { location, 'cache-control': 'no-store' }).end()
}
