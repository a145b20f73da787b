/** Owns the shapes of creation options, of what creating answers, and of checkouts. */
import { z } from '../zod.ts'
import { checkoutId, endpoint, name, seconds, workspaceId } from './fields.ts'
import { project } from './project.ts'

const price = z.strictObject({
  amount: z.number().openapi({ description: 'In the major unit of the currency.' }),
  currency: z.string().openapi({ description: 'ISO 4217.' }),
  per: z.enum(['month', 'year']),
})

const planOption = z
  .strictObject({
    plan: z.string(),
    name: z.string(),
    description: z.string().optional(),
    available: z.boolean(),
    unavailable: z.strictObject({ code: z.literal('plan.full'), reason: z.string() }).optional(),
    billing: z
      .strictObject({ charged: z.boolean(), summary: z.string(), price: price.optional() })
      .openapi({ description: 'What it costs.' }),
    action: z
      .strictObject({ type: z.enum(['create', 'checkout', 'none']), label: z.string(), description: z.string() })
      .openapi({ description: 'What the server does next; callers do not choose it.' }),
  })
  .openapi('PlanOption', { description: 'A plan, and whether and how it can be had now.' })

const creationFingerprint = z
  .string()
  .min(1)
  .max(128)
  .openapi({
    description: 'Proves what was shown; other options have another one.',
    examples: ['Zk3rVJ0g6N5Vn7c1sQ2w'],
  })

export const options = z
  .strictObject({
    plans: z.array(planOption).readonly(),
    regions: z.array(z.strictObject({ region: z.string(), recommended: z.boolean() })).readonly(),
    recommended: z.strictObject({ plan: z.string().optional(), region: z.string() }),
    creationFingerprint,
  })
  .openapi('CreationOptions', { description: 'What a project can be made with now.' })

export const checkout = z
  .strictObject({
    id: checkoutId,
    workspaceId,
    plan: z.string(),
    status: z.enum(['open', 'completed', 'cancelled', 'expired']),
    url: z.string().openapi({ description: 'The page where a person pays or calls it off.' }),
    projectId: z.string().optional().openapi({ description: 'What was made when it completed.' }),
    createdAt: seconds,
    expiresAt: seconds,
  })
  .openapi('Checkout', {
    description: 'A plan that is being paid for.',
    examples: [
      {
        id: 'chk_2b4d6f8h0j1l3n5p',
        workspaceId: 'wsp_first',
        plan: 'pro',
        status: 'open',
        url: 'https://towline.example/checkout/chk_2b4d6f8h0j1l3n5p',
        createdAt: 1_760_000_000,
        expiresAt: 1_760_086_400,
      },
    ],
  })

export const newProject = z
  .strictObject({
    workspaceId,
    name,
    endpoint: endpoint.optional().openapi({ description: 'Made from the name when absent.' }),
    plan: z
      .string()
      .min(1)
      .max(64)
      .openapi({ description: 'As the creation options call it.', examples: ['free'] }),
    creationFingerprint,
  })
  .openapi('NewProject', {
    description: 'A project to make.',
    examples: [{ workspaceId: 'wsp_first', name: 'Demo', plan: 'free', creationFingerprint: 'Zk3rVJ0g6N5Vn7c1sQ2w' }],
  })

export const created = z
  .strictObject({
    action: z
      .enum(['created', 'checkout'])
      .openapi({ description: 'Whether it is there, or has to be paid for first.' }),
    project: project.optional(),
    checkout: checkout.optional(),
  })
  .openapi('CreatedProject', { description: 'A project, or the checkout that leads to it.' })

export const ended = z
  .strictObject({ checkout, project: project.optional() })
  .openapi('EndedCheckout', { description: 'A checkout, and the project it made.' })
