/** Owns Markdown as coloured lines of a terminal (CommonMark and tables, by markdown-it). Half of a text is drawn as far as it goes. */
import MarkdownIt from 'markdown-it'
import { marked, type Paint, wrapped } from './paint.ts'

type Token = ReturnType<MarkdownIt['parse']>[number]

const parser = new MarkdownIt({ html: false, linkify: false })

/** `text` is safe already. */
export const markdownLines = (text: string, columns: number, paint: Paint): readonly string[] => {
  const tokens = parser.parse(text, {})
  return new Renderer(paint).block(tokens, columns)
}

const RULE_COLUMNS = 40

/** One walk over the tokens; blocks hold blocks. */
class Renderer {
  readonly #paint: Paint

  constructor(paint: Paint) {
    this.#paint = paint
  }

  /** Blocks, with an empty line between them. */
  block(tokens: readonly Token[], columns: number, isTight = false): readonly string[] {
    const lines: string[] = []
    for (let at = 0; at < tokens.length; ) {
      const end = endOf(tokens, at)
      const made = this.#one(tokens.slice(at, end), columns)
      if (lines.length > 0 && made.length > 0 && !isTight) lines.push('')
      lines.push(...made)
      at = end
    }
    return lines
  }

  #one(tokens: readonly Token[], columns: number): readonly string[] {
    const [first] = tokens as [Token]
    const inner = tokens.slice(1, -1)
    switch (first.type) {
      case 'heading_open':
        return wrapped(this.#paint.bold(`${'#'.repeat(Number(first.tag.slice(1)))} ${this.#inline(inner[0])}`), columns)
      case 'paragraph_open':
        return wrapped(this.#inline(inner[0]), columns)
      case 'bullet_list_open':
        return this.#list(inner, columns, () => '• ')
      case 'ordered_list_open': {
        const start = Number(first.attrGet('start') ?? 1)
        return this.#list(inner, columns, (at) => `${start + at}. `)
      }
      case 'blockquote_open': {
        const lines = this.block(inner, columns - 2)
        return lines.map((line) => `${this.#paint.dim('▏')} ${line}`)
      }
      case 'fence':
      case 'code_block':
        return this.#code(first, columns)
      case 'hr':
        return [this.#paint.dim('─'.repeat(Math.min(columns, RULE_COLUMNS)))]
      case 'table_open':
        return this.#table(inner, columns)
      case 'inline':
        return wrapped(this.#inline(first), columns)
      default:
        return first.content === '' ? [] : wrapped(first.content, columns)
    }
  }

  #list(tokens: readonly Token[], columns: number, markOf: (at: number) => string): readonly string[] {
    const lines: string[] = []
    let count = 0
    for (let at = 0; at < tokens.length; count += 1) {
      const end = endOf(tokens, at)
      const mark = markOf(count)
      const inner = tokens.slice(at + 1, end - 1)
      const body = this.block(
        inner,
        columns - mark.length,
        inner.every(({ type, hidden }) => type !== 'paragraph_open' || hidden),
      )
      lines.push(...marked(this.#paint.dim(mark), mark.length, body.length > 0 ? body : ['']))
      at = end
    }
    return lines
  }

  #code({ content }: Token, columns: number): readonly string[] {
    const lines = wrapped(content.replace(/\n$/, ''), columns - 2)
    return lines.map((line) => `  ${this.#paint.cyan(line)}`)
  }

  /** Rows as they are, cells apart: narrow terminals wrap them. */
  #table(tokens: readonly Token[], columns: number): readonly string[] {
    const rows: string[][] = []
    for (const token of tokens) {
      if (token.type === 'tr_open') rows.push([])
      if (token.type === 'inline') rows.at(-1)?.push(token.content)
    }
    const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
    return rows.flatMap((row, index) => {
      const text = row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd()
      return wrapped(index === 0 ? this.#paint.bold(text) : text, columns)
    })
  }

  #inline(token: Token | undefined): string {
    const paint = this.#paint
    const painted: ((text: string) => string)[] = []
    const links: string[] = []
    let text = ''
    const add = (more: string): void => {
      text += painted.reduceRight((inner, how) => how(inner), more)
    }
    for (const child of token?.children ?? []) {
      if (child.type in OPENS) painted.push(paint[OPENS[child.type as keyof typeof OPENS]])
      else if (child.type === 'link_open') {
        links.push(child.attrGet('href') ?? '')
        painted.push(paint.underline)
      } else if (child.type.endsWith('_close')) {
        painted.pop()
        if (child.type === 'link_close') text += whereTo(links.pop(), text, paint)
      } else if (child.type === 'code_inline') add(paint.cyan(child.content))
      else if (child.type === 'softbreak' || child.type === 'hardbreak') text += '\n'
      else if (child.type === 'image') add(`[${child.content}]`)
      else add(child.content)
    }
    return text
  }
}

const OPENS = { strong_open: 'bold', em_open: 'italic', s_open: 'strikethrough' } as const

/** Nobody should go elsewhere than is said. */
const whereTo = (href: string | undefined, before: string, paint: Paint): string =>
  !href || before.includes(href) ? '' : paint.dim(` (${href})`)

/** Past the token that closes what `at` opens. */
const endOf = (tokens: readonly Token[], at: number): number => {
  let depth = 0
  for (let end = at; end < tokens.length; end += 1) {
    depth += tokens[end]?.nesting ?? 0
    if (depth === 0) return end + 1
  }
  return tokens.length
}
