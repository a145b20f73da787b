/** Proves that every tool tells clients and models all that they need: names, hints by its risk, and each field in words. */
import { describe, expect, it } from 'vitest'
import { TOOLS } from './catalogue.ts'
import { chooseTools } from './offer/choose-tools.ts'
import { listedOf } from './offer/listed-tool.ts'
import { offerTools } from './offer/offer.ts'
import { offeredInput } from './server/schemas.ts'
import { PROFILES, type Tool } from './tool.ts'

type Json = Readonly<Record<string, unknown>>

/** Where a property has no words of its own. */
const undescribed = (schema: Json, at: string): readonly string[] => {
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Json>>)
  const own = properties.flatMap(([key, one]) => [
    ...(isDescribed(one) ? [] : [`${at}.${key}`]),
    ...undescribed(one, `${at}.${key}`),
  ])
  const items = schema['items'] as Json | undefined
  const choices = [...((schema['anyOf'] ?? []) as Json[]), ...((schema['oneOf'] ?? []) as Json[])]
  return [...own, ...(items ? undescribed(items, `${at}[]`) : []), ...choices.flatMap((one) => undescribed(one, at))]
}

const isDescribed = ({ description }: Json): boolean => typeof description === 'string' && description.length > 3

const named = (tools: readonly Tool[]): readonly (readonly [string, Tool])[] => tools.map((tool) => [tool.name, tool])

/** It only looks, but by a POST, which is asked about where the project tells of no MCP server. */
const MAYBE_STRANGERS = 'towline_remote_mcp_tools'

describe('mcp catalogue', () => {
  it('has each name once, as towline_noun_verb, or one word', () => {
    const names = TOOLS.map(({ name }) => name)
    expect([...new Set(names)]).toEqual(names)
    expect(names.filter((name) => !/^towline(_[a-z0-9]+)+$/.test(name))).toEqual([])
  })

  it.each(named(TOOLS))('%s says in some lines what it does, and every field in words', (_name, tool) => {
    expect(tool.description.length).toBeGreaterThan(40)
    expect(tool.description.length).toBeLessThan(420)
    expect(tool.hints.title.length).toBeGreaterThan(4)
    expect(undescribed(listedOf(tool).inputSchema, 'input')).toEqual([])
    const answer = (listedOf(tool).outputSchema['anyOf'] as readonly Json[])[0] as Json
    expect(undescribed(answer, 'output')).toEqual([])
  })

  it.each(named(TOOLS))('%s takes nothing that is not in its schema', async (_name, tool) => {
    expect(listedOf(tool).inputSchema).toMatchObject({ type: 'object', additionalProperties: false })
    const result = await offeredInput(listedOf(tool), () => offerTools([tool]).load(tool.name))['~standard'].validate({
      nonsense: 1,
    })
    expect('issues' in result && JSON.stringify(result.issues)).toMatch(/nonsense/)
  })

  it.each(named(TOOLS))('%s has hints that fit its risk, and the profile', (name, { risk, hints, profile }) => {
    const looks = risk === 'read' || name === MAYBE_STRANGERS
    expect({ readOnly: hints.readOnly === true, profile: profile === 'read-only' }).toEqual({
      readOnly: looks,
      profile: looks,
    })
    if (looks) expect(hints.destructive ?? false).toBe(false)
    if (risk === 'delete') expect(hints.destructive).toBe(true)
  })

  it('grows from profile to profile', () => {
    const sizes = PROFILES.map((profile) => chooseTools(TOOLS, profile).length)
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b))
    expect(chooseTools(TOOLS, 'admin')).toEqual(TOOLS)
    const others = chooseTools(TOOLS, 'read-only').filter(({ risk }) => risk !== 'read')
    expect(others.map(({ name }) => name)).toEqual([MAYBE_STRANGERS])
    const ofPeople = chooseTools(TOOLS, 'operate').filter(({ risk }) => risk === 'settings' || risk === 'credential')
    expect(ofPeople.map(({ name }) => name)).toEqual([])
  })
})
