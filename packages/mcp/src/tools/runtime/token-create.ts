/** Owns the tool that makes a short-lived token for a hand-off: by reference, unless the token itself is asked for. */
import { Secret } from '@towline/base'
import { mintToken, wantedPermissions } from '@towline/operations'
import { AppError, type Permission } from '@towline/protocol'
import { z } from 'zod'
import { SELECTOR } from '../../server/schemas.ts'
import { defineTool } from '../../tool.ts'
import { TOKEN_USES, type TokenUse, type TokenUseName } from './token-uses.ts'

const uses = Object.keys(TOKEN_USES) as [TokenUseName, ...TokenUseName[]]

export const tokenCreate = defineTool({
  name: 'towline_token_create',
  description:
    'Makes a short-lived token, only to hand it to something that cannot log in: never as a side effect of other work. Answers ' +
    'a reference (secret://…) that arguments such as env and content take in its place; the token itself only with reveal. ' +
    'Refuses permissions that its use does not need.',
  input: z.strictObject({
    ...SELECTOR,
    use: z
      .enum(uses)
      .describe(`What it is for: ${uses.map((name) => `${name}, ${TOKEN_USES[name].words}`).join('; ')}.`),
    permissions: z
      .array(z.string().min(1).max(64))
      .max(16)
      .optional()
      .describe('What it may do; the least that serves its use when absent.'),
    ttlSeconds: z.int().min(1).max(3_600).optional().describe('How long it lives; each use has its own bound.'),
    resources: z
      .record(z.string().max(64), z.unknown())
      .optional()
      .describe('Boundary, such as {"tunnels": {"connect": {"name": "web", "params": {"path": "/mcp"}}}}.'),
    reveal: z
      .boolean()
      .default(false)
      .describe('Answers the token itself, which then is in the conversation. Only when the person asked for it.'),
  }),
  output: z.strictObject({
    reference: z.string().optional().describe('Takes the place of the token in arguments of tools of this server.'),
    token: z.string().optional().describe('The token itself, only with reveal.'),
    credentialId: z.string().describe('By which it is listed and revoked.'),
    expiresAt: z.int().describe('Seconds since the epoch.'),
    permissions: z.array(z.string()).describe('What it may do.'),
    use: z.enum(uses).describe('What it is for.'),
  }),
  hints: { title: 'Create a short-lived token', openWorld: true },
  risk: 'credential',
  profile: 'admin',
  target: ({ use }) => ({ name: `token for ${use}` }),
  run: async ({ context, project, use, permissions: asked, ttlSeconds, resources, reveal }, call) => {
    const connection = await call.connection({ context, project })
    const minted = await mintToken(connection, {
      permissions: permissionsFor(use, asked),
      ttlSeconds: secondsFor(use, ttlSeconds),
      ...(resources && { resources: resources as never }),
      signal: call.signal,
    })
    const { credentialId, expiresAt, permissions } = minted
    const handed = reveal
      ? { token: minted.token }
      : { reference: call.deps.secrets.put(new Secret(minted.token), `token for ${use}`) }
    return { ...handed, credentialId, expiresAt, permissions: [...permissions], use }
  },
})

/** Throws OPTION_INVALID. */
const permissionsFor = (use: TokenUseName, asked: readonly string[] | undefined): readonly Permission[] => {
  const { permissions, usual }: TokenUse = TOKEN_USES[use]
  if (!asked?.length) return usual
  const wanted = wantedPermissions(asked)
  const more = wanted.find((one) => permissions && !permissions.includes(one))
  if (more === undefined) return wanted
  const problem = `a token for ${use} holds ${permissions?.join(', ')} at most`
  throw new AppError('OPTION_INVALID', { option: 'permissions', value: more, problem })
}

/** Throws OPTION_INVALID. */
const secondsFor = (use: TokenUseName, asked: number | undefined): number => {
  const { most, usualSeconds } = TOKEN_USES[use]
  if (asked === undefined || asked <= most) return asked ?? usualSeconds
  throw new AppError('OPTION_INVALID', {
    option: 'ttlSeconds',
    value: String(asked),
    problem: `a token for ${use} lives ${most} seconds at most`,
  })
}
