/** Owns README's status: how many requirements of each area are proven by a test, come next or come later, and which are proven. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run.mjs'

const folder = join(root, 'test', 'requirements')

/** Sections of the requirement files, in order: {area, section, ids}. */
const sections = () =>
  readdirSync(folder)
    .filter((name) => /^\d-.*\.md$/.test(name))
    .toSorted()
    .flatMap((name) => sectionsOf(readFileSync(join(folder, name), 'utf8')))

const sectionsOf = (text) => {
  const area = /^# (.*)$/m.exec(text)[1]
  return text
    .split(/^## /m)
    .map((part) => ({ area, section: part.split('\n')[0].replace(/^# /, ''), ids: idsIn(part) }))
    .filter(({ ids }) => ids.length > 0)
}

const idsIn = (text) => [...text.matchAll(/^- \*\*(.*?)\*\*/gm)].map(([, id]) => id)

/** Markdown: one row an area, and under it the list of what is proven. */
export const statusTable = () => {
  const status = JSON.parse(readFileSync(join(folder, 'status.json'), 'utf8'))
  const all = sections()
  const count = (ids, word) => ids.filter((id) => (status[id] ?? 'later') === word).length
  const areas = grouped(all)
  const rows = [...areas].map(([area, parts]) => {
    const ids = parts.flatMap((part) => part.ids)
    return `| ${area} | ${['done', 'planned', 'later'].map((word) => count(ids, word)).join(' | ')} |`
  })
  const proven = all
    .map(({ section, ids }) => [section, ids.filter((id) => status[id] === 'done')])
    .filter(([, ids]) => ids.length > 0)
    .map(([section, ids]) => `- ${section}: ${ids.map((id) => `\`${id}\``).join(', ')}`)
  const list = proven.length > 0 ? ['', 'Proven:', '', ...proven] : []
  return ['| area | proven by a test | next | later |', '| --- | --- | --- | --- |', ...rows, ...list].join('\n')
}

const grouped = (all) => {
  const areas = new Map()
  for (const part of all) areas.set(part.area, [...(areas.get(part.area) ?? []), part])
  return areas
}
