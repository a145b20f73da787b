/** Owns a list of processes as frames that fit: long arguments are cut, many processes come in pages. */
import type { ProcessInfo, ProcessPage } from '@towline/protocol'

const PAGE_ITEMS = 16
const ARGUMENTS = 64
const ARGUMENT_CHARS = 256

/** At least one page, the last of which says so. */
export const processPages = (processes: readonly ProcessInfo[]): readonly ProcessPage[] => {
  const pages: ProcessPage[] = []
  for (let at = 0; at < processes.length || at === 0; at += PAGE_ITEMS) {
    const page = processes.slice(at, at + PAGE_ITEMS).map(short)
    pages.push({ processes: page, last: at + PAGE_ITEMS >= processes.length })
  }
  return pages
}

const short = (info: ProcessInfo): ProcessInfo => ({
  ...info,
  argv: [...info.argv.slice(0, ARGUMENTS).map(shortText), ...(info.argv.length > ARGUMENTS ? ['…'] : [])],
})

const shortText = (text: string): string => (text.length > ARGUMENT_CHARS ? `${text.slice(0, ARGUMENT_CHARS)}…` : text)
