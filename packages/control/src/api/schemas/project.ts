/** Owns the shape of projects. */
import { endpoint, name, seconds, workspaceId } from './fields.ts'
import { z } from '../zod.ts'

export const project = z
  .strictObject({
    id: z.string().openapi({ examples: ['prj_0c5d8m2k1x9q7w3e'] }),
    workspaceId,
    name,
    endpoint,
    host: z.string().openapi({ description: 'What its host names end in.', examples: ['demo.towline.example'] }),
    plan: z.string(),
    region: z.string(),
    createdAt: seconds,
  })
  .openapi('Project', {
    description: 'A place of its own for tunnels.',
    examples: [
      {
        id: 'prj_0c5d8m2k1x9q7w3e',
        workspaceId: 'wsp_first',
        name: 'Demo',
        endpoint: 'demo',
        host: 'demo.towline.example',
        plan: 'free',
        region: 'local',
        createdAt: 1_760_000_000,
      },
    ],
  })
