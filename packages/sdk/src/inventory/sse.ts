/** Owns reading server-sent events (WHATWG HTML §9.2.6) from the bytes of an answer, with a bound on each. */

/** One message; `id` is the last id that was sent. */
export interface ServerEvent {
  readonly id: string
  readonly data: string
}

/** Throws what `tooLong` answers when a message is longer than `most` characters. */
export async function* readEvents(
  chunks: AsyncIterable<Uint8Array>,
  most: number,
  tooLong: () => Error,
): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  let buffer = ''
  let data: string[] = []
  let held = 0
  let id = ''
  for await (const chunk of chunks) {
    buffer += decoder.decode(chunk, { stream: true })
    if (buffer.length + held > most) throw tooLong()
    const lines = buffer.split(/\r\n|\n|\r(?=[\s\S])/)
    buffer = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield { id, data: data.join('\n') }
        data = []
        held = 0
        continue
      }
      const [field, value] = fieldOf(line)
      if (field === 'data') {
        data.push(value)
        held += value.length
      }
      if (field === 'id' && !value.includes('\0')) id = value
    }
  }
}

/** A line without a colon is a field with nothing in it; one that starts with a colon is a comment. */
const fieldOf = (line: string): readonly [field: string, value: string] => {
  const cut = line.indexOf(':')
  if (cut < 0) return [line, '']
  const value = line.slice(cut + 1)
  return [line.slice(0, cut), value.startsWith(' ') ? value.slice(1) : value]
}
