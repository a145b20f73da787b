/** Owns the tables of methods that docs/protocol/app-server.md shows, one for each resource. */
import { table } from './markdown.mjs'

export const appMethods = (methods) => {
  const rows = Object.entries(methods)
  const resources = [...new Set(rows.map(([, { resource }]) => resource))]
  return resources
    .map((resource) =>
      section(
        resource,
        rows.filter(([, row]) => row.resource === resource),
      ),
    )
    .join('\n\n')
}

const section = (resource, rows) => {
  const cells = rows.map(([name, row]) => [`\`${name}\``, gate(row), row.words])
  return `**${resource}**\n\n${table(['method', 'experimental', 'what it does'], cells)}`
}

const gate = ({ experimental, experimentalFields = [], extension }) => {
  if (extension) return '(ours)'
  return experimental ? 'yes' : experimentalFields.map((field) => `\`${field}\``).join(' ')
}
