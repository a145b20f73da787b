/** Owns the fields that several shapes of the control API share. */
import type { z as zod } from '@hono/zod-openapi'
import { z } from '../zod.ts'
import { ALL_PERMISSIONS, LIMITS, ROLES } from '@towline/protocol'

/** Integer seconds since the epoch. */
export const seconds = z.int().openapi({ description: 'Seconds since the epoch.', examples: [1_760_000_000] })

const id = (description: string, example: string) =>
  z
    .string()
    .min(1)
    .max(64)
    .openapi({ description, examples: [example] })

export const workspaceId = id('Id of a workspace.', 'wsp_first')
export const projectId = id('Id or endpoint of a project.', 'prj_0c5d8m2k1x9q7w3e')
export const userId = id('Id of a person.', 'usr_9f2k4m6p8r1t3v5x')
export const credentialId = id('Id of a credential.', 'crd_Jx3kP0vQ8sT2wYbZ5nLm4R')
export const checkoutId = id('Id of a checkout.', 'chk_2b4d6f8h0j1l3n5p')

export const role = z
  .enum(ROLES)
  .openapi('Role', { description: 'From all rights to the fewest.', examples: ['member'] })

export const permission = z
  .enum(ALL_PERMISSIONS as [(typeof ALL_PERMISSIONS)[number]])
  .openapi('Permission', { description: 'See x-towline-permissions.', examples: ['projects.read'] })

export const name = z
  .string()
  .trim()
  .min(1)
  .max(LIMITS.shownNameChars)
  // oxlint-disable-next-line no-control-regex -- control characters are what this refuses
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'it holds control characters')
  .openapi({ description: 'For people.', examples: ['Demo'] })

/** A DNS label; the one place that reads it says what is wrong with it. */
export const endpoint = z
  .string()
  .min(1)
  .max(LIMITS.nameChars)
  .openapi({ description: 'The DNS label of host names: `<name>.<endpoint>.<domain>`.', examples: ['demo'] })

/** A resource boundary, read strictly by the one parser, whose refusals say more than a schema's. */
export const boundary = z
  .record(z.string(), z.unknown())
  .openapi('Boundary', { description: 'What permissions are for; see docs/protocol/permissions.md.' })

/** Query fields of lists. */
export const paging = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(LIMITS.apiPageItems)
    .default(LIMITS.apiPageDefault)
    .openapi({ description: 'At most so many items.', examples: [50] }),
  cursor: z.string().min(1).max(512).optional().openapi({ description: 'What "next" of the page before said.' }),
}

/** A page of a list, as `{[key]: items, next}`. */
export const pageOf = <Key extends string, Item extends zod.ZodType>(key: Key, item: Item) =>
  z.strictObject({
    [key]: z.array(item).readonly(),
    next: z.string().optional().openapi({ description: 'The cursor of the next page; absent on the last.' }),
  } as { [Name in Key]: zod.ZodReadonly<zod.ZodArray<Item>> } & { next: zod.ZodOptional<zod.ZodString> })

/** A page of the store as an answer. */
export const asPage = <Key extends string, Item>(
  key: Key,
  { items, next }: { readonly items: readonly Item[]; readonly next?: string },
) =>
  ({ [key]: items, ...(next === undefined ? {} : { next }) }) as { [Name in Key]: readonly Item[] } & { next?: string }
