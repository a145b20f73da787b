/** Owns the shape of problem details (RFC 9457) as a schema. */
import { z } from '../zod.ts'

export const problemSchema = z
  .strictObject({
    type: z.string().openapi({ description: '/docs/reference/errors#CODE; one for each code.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().openapi({ description: 'What went wrong, in a sentence.' }),
    instance: z.string().openapi({ description: 'Path of the request.' }),
    code: z.string().openapi({ description: 'Stable.' }),
    next: z.string().openapi({ description: 'What to do next.' }),
    retryable: z.boolean().openapi({ description: 'Whether the same call may succeed later without a change.' }),
    requestId: z.string(),
    details: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .optional()
      .openapi({ description: 'What fills the sentences.' }),
  })
  .openapi('Problem', {
    description: 'Why a call was refused or failed.',
    examples: [
      {
        type: '/docs/reference/errors#FORBIDDEN',
        title: 'Forbidden',
        status: 403,
        detail: 'The credential lacks the permission projects.create.',
        instance: '/api/projects',
        code: 'FORBIDDEN',
        next: 'Use a credential that holds it.',
        retryable: false,
        requestId: 'req_4bqf1yax3d60wnkz',
        details: { permission: 'projects.create' },
      },
    ],
  })
