/** Owns the little that is read from Markdown without rendering it: prose apart from code, title, summary, front matter. */

const FENCE = /^ {0,3}(`{3,}|~{3,})/

/** Changes the text outside of fenced code blocks, a run of lines at a time. */
export const mapProse = (markdown: string, change: (prose: string) => string): string => {
  const runs: { code: boolean; lines: string[] }[] = []
  let fence: string | undefined
  for (const line of markdown.split('\n')) {
    const mark = FENCE.exec(line)?.[1]
    const opens = fence === undefined && mark !== undefined
    const code = fence !== undefined || opens
    if (opens) fence = mark
    else if (mark !== undefined && fence !== undefined && closes(line, mark, fence)) fence = undefined
    const last = runs.at(-1)
    if (last?.code === code) last.lines.push(line)
    else runs.push({ code, lines: [line] })
  }
  return runs.map(({ code, lines }) => (code ? lines.join('\n') : change(lines.join('\n')))).join('\n')
}

const closes = (line: string, mark: string, fence: string): boolean => mark.startsWith(fence) && line.trim() === mark

/** Text without HTML comments, which are notes to editors. */
export const withoutComments = (markdown: string): string =>
  mapProse(markdown, (prose) => prose.replace(/^<!--.*?-->\n?/gms, ''))

/** The first heading. */
export const titleOf = (markdown: string): string | undefined => /^# (.+)$/m.exec(markdown)?.[1]?.trim()

const SUMMARY_CHARS = 240

/** The first paragraph of prose as plain text; whole sentences where they fit. */
export const summaryOf = (markdown: string): string => {
  const prose = withoutComments(markdown)
    .replace(/^(`{3,}|~{3,})[\s\S]*?^\1$/gm, '')
    .replace(/^#+ .*$/gm, '\n')
  const paragraph = prose.split(/\n{2,}/).find((part) => /^[A-Za-z`[*"]/.test(part.trim())) ?? ''
  const plain = paragraph
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[`*]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
  if (plain.length <= SUMMARY_CHARS) return plain
  const sentence = /^.{20,239}?[.;:](?= )/.exec(plain)?.[0]
  return sentence?.replace(/[;:]$/, '.') ?? `${plain.slice(0, SUMMARY_CHARS - 1)}…`
}

export interface FrontMatter {
  readonly fields: Readonly<Record<string, string>>
  readonly body: string
}

/** Reads `key: value` lines between two `---`; values are one line, bare or in double quotes. */
export const readFrontMatter = (text: string): FrontMatter => {
  const found = /^---\n([\s\S]*?)\n---\n+/.exec(text)
  if (!found) return { fields: {}, body: text }
  const pairs = [...(found[1] as string).matchAll(/^([a-z-]+): *(.+)$/gm)]
  const fields = Object.fromEntries(pairs.map(([, key, value]) => [key as string, unquoted(value as string)]))
  return { fields, body: text.slice(found[0].length) }
}

const unquoted = (value: string): string => (value.startsWith('"') ? (JSON.parse(value) as string) : value.trim())
