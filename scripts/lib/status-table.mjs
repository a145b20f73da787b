/** Owns README's status table: how many requirements of each area are proven by a test, and which. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run.mjs'

const folder = join(root, 'test', 'requirements')

/** A Markdown table, one row an area. */
export const statusTable = () => {
  const { done } = JSON.parse(readFileSync(join(folder, 'status.json'), 'utf8'))
  const rows = readdirSync(folder)
    .filter((name) => /^\d-.*\.md$/.test(name))
    .toSorted()
    .map((name) => row(readFileSync(join(folder, name), 'utf8'), done))
  return ['| area | proven | of | which |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

const row = (text, done) => {
  const title = /^# (.*)$/m.exec(text)[1]
  const ids = [...text.matchAll(/^- \*\*([a-z0-9.-]+)\*\*/gm)].map(([, id]) => id)
  const proven = ids.filter((id) => done.includes(id))
  return `| ${title} | ${proven.length} | ${ids.length} | ${proven.map((id) => `\`${id}\``).join(', ')} |`
}
