/** Owns the operation that gives out credentials for the TURN server. */
import { createHmac } from 'node:crypto'
import { z } from '../zod.ts'
import { AppError, LIMITS } from '@towline/protocol'
import { defineOperation } from '../operation.ts'
import { projectId } from '../schemas/fields.ts'
import { turnCredentials } from '../schemas/turn.ts'

export const turnCreate = defineOperation({
  id: 'turn.create',
  method: 'post',
  path: '/turn/credentials',
  tag: 'TURN',
  summary: 'Get TURN credentials',
  description:
    'Short-lived credentials of a project for the TURN server, made as coturn checks them (use-auth-secret): the user ' +
    'name holds the end, the password is its HMAC. A server without TURN refuses (TURN_UNCONFIGURED).',
  rules: [{ resource: 'control.turn', action: 'create' }],
  at: 'project',
  body: z
    .strictObject({
      projectId,
      ttlSeconds: z.int().min(1).max(LIMITS.turnSeconds).default(LIMITS.turnSecondsDefault),
    })
    .openapi('NewTurnCredentials', {
      description: 'For which project, and how long.',
      examples: [{ projectId: 'demo', ttlSeconds: 600 }],
    }),
  output: turnCredentials,
  status: 201,
  risk: 'write',
  mcp: { name: 'towline_turn_credentials_create' },
  run: ({ place, now, services: { turn } }, { ttlSeconds }) => {
    if (!turn) throw new AppError('TURN_UNCONFIGURED')
    const expiresAt = now + ttlSeconds
    const username = `${expiresAt}:${place.project.id}`
    // SHA-1 is what TURN servers check by (draft-uberti-behave-turn-rest-00 §2.2).
    const credential = createHmac('sha1', turn.secret).update(username).digest('base64')
    return { username, credential, urls: [...turn.urls], ttlSeconds, expiresAt }
  },
})
