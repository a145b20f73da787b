/** Owns the shape of TURN credentials. */
import { z } from '../zod.ts'
import { seconds } from './fields.ts'

export const turnCredentials = z
  .strictObject({
    username: z.string(),
    credential: z.string(),
    urls: z.array(z.string()),
    ttlSeconds: z.int(),
    expiresAt: seconds,
  })
  .openapi('TurnCredentials', {
    description: 'As an RTCIceServer takes them.',
    examples: [
      {
        username: '1760000600:prj_0c5d8m2k1x9q7w3e',
        credential: 'kZ0l0tq0m2bqCw1gX8c3dS7s5oE=',
        urls: ['turn:turn.example.com:3478?transport=udp'],
        ttlSeconds: 600,
        expiresAt: 1_760_000_600,
      },
    ],
  })
