/** Owns what the file of settings of a server may hold; docs/reference/config.md is made from it. */
import { isLoopback } from '@towline/base'
import { ALL_PERMISSIONS, validateSlug } from '@towline/protocol'
import { z } from 'zod'

/** An object that says which keys it knows when it meets another. */
const object = <S extends z.core.$ZodShape>(shape: S) =>
  z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? `this key is not known; the known ones are ${Object.keys(shape).join(', ')}`
        : undefined,
  })

const told = (error: string) => ({ error })
const text = (chars: number) => z.string().min(1).max(chars)

const SECRET = 'it is a text, { "file": "path" } or { "env": "NAME" }'

/** Where a secret stands: here, in a file beside this one, or in the environment. */
const secret = z
  .union(
    [text(4096), object({ file: text(4096) }), object({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) })],
    told(SECRET),
  )
  .meta({ title: 'secret' })

export type SecretPlace = z.infer<typeof secret>

/** What is fetched with a secret, or decides whom to trust, does not come over a wire that others can write to. */
const isSafe = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, hash } = new URL(text)
  if (username !== '' || hash !== '') return false
  const local = hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''))
  return protocol === 'https:' || (protocol === 'http:' && local)
}

const url = z
  .string()
  .max(2048)
  .refine(isSafe, 'it is no URL with https:// (or http:// to this machine)')
  .meta({ title: 'URL' })

const isSlug = (slug: string): boolean => {
  try {
    return validateSlug(slug) === slug
  } catch {
    return false
  }
}

/** Of every token of an issuer, or checked anyway: they tell no job from another. */
const COMMON_CLAIMS = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti'])

const isTelling = (claims: Readonly<Record<string, string>>): boolean =>
  Object.keys(claims).some((name) => !COMMON_CLAIMS.has(name))

const isUnique = (items: readonly { readonly id: string }[]): boolean =>
  new Set(items.map(({ id }) => id)).size === items.length

/** `credential` is how the session library calls passwords. */
const PROVIDER_ID = /^(?!credential$)[a-z0-9][a-z0-9-]{0,31}$/

const provider = object({
  id: z
    .string()
    .regex(PROVIDER_ID, 'it has up to 32 small letters, digits and hyphens')
    .describe('Names the provider in URLs: its redirect URI is `<public URL>/api/auth/callback/<id>`.'),
  name: text(64).describe('On the button of the sign-in page.'),
  discoveryUrl: url.describe('Its OpenID Connect metadata, `<issuer>/.well-known/openid-configuration`.'),
  clientId: text(512).describe('Of this server, as registered there.'),
  clientSecret: secret.describe('Of that client.'),
})

const rule = object({
  issuer: url.describe('`iss` of the tokens, such as `https://token.actions.githubusercontent.com`.'),
  jwksUrl: url.optional().describe('Where its keys are; `<issuer>/.well-known/jwks` when absent.'),
  claims: z
    .record(text(128), z.string().max(1024))
    .refine(isTelling, 'it names no claim that tells a job from others of the issuer')
    .describe('Claims of the token that must have exactly these values.'),
  project: z.string().refine(isSlug, 'it is not the slug of a project').describe('Where the job may act.'),
  permissions: z
    .array(z.enum(ALL_PERMISSIONS))
    .min(1)
    .describe('What it may do, at most: names of [permissions](permissions.md).'),
})

const turnUrl = z
  .string()
  .max(2048)
  .regex(/^turns?:[^\s/@]+$/, 'it is no URL such as turn:turn.example.com:3478 (RFC 7065)')

const price = object({
  amount: z.number().positive().describe('In the major unit of the currency.'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'it is not a code of three capital letters (ISO 4217)')
    .describe('ISO 4217.'),
  per: z.enum(['month', 'year']),
})

const plan = object({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'it has up to 64 small letters, digits and hyphens'),
  name: text(64).describe('For people.'),
  description: text(256).optional(),
  price: price.optional().describe('Absent costs nothing; else a checkout comes before the project.'),
  maxProjects: z.int().min(1).optional().describe('How many of it a workspace may have; any number when absent.'),
})

const turn = object({
  urls: z.tuple([turnUrl], turnUrl).describe('Such as `turn:turn.example.com:3478?transport=udp`.'),
  secret: secret.describe("Shared with the server: coturn's `static-auth-secret`."),
})

const requestLogs = object({
  days: z.int().min(1).max(3_650).optional().describe('Older entries are deleted; 30 when absent.'),
  records: z
    .int()
    .min(100)
    .max(100_000_000)
    .optional()
    .describe('Of a project; beyond, the oldest are deleted. 100000 when absent.'),
})

export const configSchema = object({
  providers: z
    .array(provider)
    .max(16)
    .refine(isUnique, 'two providers have the same id')
    .optional()
    .describe('OpenID Connect providers that people who were let in may sign in with.'),
  trust: z
    .array(rule)
    .optional()
    .describe('Which jobs of CI systems get a token for the one their system signed for them.'),
  clientDocuments: z
    .boolean()
    .optional()
    .describe('Let OAuth clients name themselves by a URL, which this server then fetches; false when absent.'),
  plans: z
    .array(plan)
    .min(1)
    .refine(isUnique, 'two plans have the same id')
    .optional()
    .describe('What projects may be made with, in the order shown; one that costs nothing, `free`, when absent.'),
  turn: turn
    .optional()
    .describe('A TURN server that credentials are given out for (`use-auth-secret`); none when absent.'),
  requestLogs: requestLogs.optional().describe('How much is kept of the logs of projects.'),
})

/** A file that holds every setting; the reference shows it and a test reads it. */
export const CONFIG_EXAMPLE = {
  providers: [
    {
      id: 'company',
      name: 'Company account',
      discoveryUrl: 'https://login.example.com/.well-known/openid-configuration',
      clientId: 'towline',
      clientSecret: { file: '/run/secrets/towline-oidc' },
    },
  ],
  trust: [
    {
      issuer: 'https://token.actions.githubusercontent.com',
      claims: { repository: 'example/shop', environment: 'preview' },
      project: 'dev',
      permissions: ['tunnels.create'],
    },
  ],
  clientDocuments: false,
  plans: [
    { id: 'free', name: 'Free', maxProjects: 3 },
    {
      id: 'team',
      name: 'Team',
      description: 'Unlimited projects.',
      price: { amount: 20, currency: 'EUR', per: 'month' },
    },
  ],
  turn: { urls: ['turn:turn.example.com:3478?transport=udp'], secret: { env: 'TURN_SECRET' } },
  requestLogs: { days: 14, records: 50_000 },
} satisfies z.input<typeof configSchema>
