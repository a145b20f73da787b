/** Owns the reference page of the tools for agents, made from the catalogue that serves them. */
import { table } from './markdown.mjs'

const face = (room) => import(new URL(`../../packages/${room}/dist/index.js`, import.meta.url))
const [{ PROFILES, TOOLS }, { RISKS }] = await Promise.all([face('mcp'), face('operations')])
const { z } = await import('zod')

/** Every tool with its hints, arguments and results, as Markdown. */
export const toolsPage = () => [overview(), ...TOOLS.map(section)].join('\n\n')

const overview = () => {
  const risks = Object.entries(RISKS).map(([name, words]) => [`\`${name}\``, words])
  const tools = TOOLS.map((tool) => [`[\`${tool.name}\`](#${tool.name})`, tool.hints.title, tool.profile, riskOf(tool)])
  return [
    '## Risks',
    table(['risk', 'what may go wrong'], risks),
    `## Tools\n\nA profile has its own tools and those of the profiles before it: ${PROFILES.join(', ')}.`,
    table(['tool', 'what for', 'profile', 'risk'], tools),
  ].join('\n\n')
}

/** A risk that is found out call by call has no name here. */
const riskOf = ({ risk }) => (typeof risk === 'function' ? 'by its arguments' : `\`${risk}\``)

const section = (tool) => {
  const { name, hints, description, profile, input, output } = tool
  return [
    `## ${name}`,
    `**${hints.title}.** ${description}`,
    `Profile ${profile}, risk ${riskOf(tool)}, hints: ${hintsOf(hints)}.`,
    fields('argument', input, 'input'),
    fields('result', output, 'output'),
  ].join('\n\n')
}

const HINTS = {
  readOnly: 'looks only',
  destructive: 'may destroy',
  idempotent: 'the same twice',
  openWorld: 'reaches elsewhere',
}

const hintsOf = (hints) =>
  Object.entries(HINTS)
    .filter(([key]) => hints[key] === true)
    .map(([, words]) => words)
    .join(', ') || 'none'

const fields = (title, schema, io) => {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  const rows = Object.entries(properties).map(([name, field]) => [
    `\`${name}\`${required.includes(name) ? '' : ' (optional)'}`,
    typeOf(field),
    field.description ?? '',
  ])
  return rows.length === 0 ? `No ${title}s.` : table([title, 'type', 'what it is'], rows)
}

const typeOf = ({ type, enum: values, const: only, anyOf, oneOf, items, format, ...more }) => {
  if (values) return values.map((value) => `\`${value}\``).join(', ')
  if (only !== undefined) return `\`${only}\``
  if (anyOf ?? oneOf) return [...new Set((anyOf ?? oneOf).map(typeOf))].join(' or ')
  if (type === 'array') return `list of ${items ? typeOf(items) : 'anything'}`
  const bounds = [
    ['minLength', 'maxLength', 'characters'],
    ['minimum', 'maximum', ''],
  ].flatMap(([least, most, unit]) => boundOf(more[least], more[most], unit))
  return [[type ?? 'anything', ...bounds].join(', '), format && `(${format})`].filter(Boolean).join(' ')
}

const LARGEST = Number.MAX_SAFE_INTEGER

const boundOf = (least, most, unit) => {
  if (most === undefined || most >= LARGEST)
    return least === undefined || least <= -LARGEST ? [] : [`at least ${least} ${unit}`.trim()]
  return [`${least === undefined || least <= -LARGEST ? 'at most' : `${least} to`} ${most} ${unit}`.trim()]
}
