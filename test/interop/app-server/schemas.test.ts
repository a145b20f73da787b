/** Judges our types of the app-server protocol by the schemas that stock Codex makes of its own. */
import { readFileSync } from 'node:fs'
import { APP_METHODS, type AppMethodRow } from '@towline/protocol'
import { beforeAll, describe, expect, it } from 'vitest'
import { WITHOUT_AGENTS } from '../mcp/judges.ts'
import { METHODS } from './samples/methods.ts'
import { NOTIFICATIONS } from './samples/notifications.ts'
import { SERVER_REQUESTS } from './samples/server-requests.ts'
import { type StockSchemas, stockSchemas } from './stock-schemas.ts'

describe.skipIf(WITHOUT_AGENTS)('interop app-server, schemas', () => {
  let stock: StockSchemas
  beforeAll(async () => {
    stock = await stockSchemas()
  })

  const ours = Object.entries<AppMethodRow>(APP_METHODS).filter(([, { extension }]) => !extension)

  it('names no method that stock does not have, and asks for the capability where stock does', () => {
    const gates = ours.map(([name, { experimental = false }]) => [name, experimental])
    expect(gates).toEqual(ours.map(([name]) => [name, stock.methods.get(name)?.experimental]))
  })

  it('asks for the capability for the same params', () => {
    const fields = (name: string): readonly string[] =>
      Object.keys((METHODS as Readonly<Record<string, { readonly params: object | null }>>)[name]?.params ?? {})
    const theirs = ours.map(([name]) => [
      name,
      (stock.methods.get(name)?.experimentalFields ?? []).filter((field) => fields(name).includes(field)),
    ])
    expect(ours.map(([name, { experimentalFields = [] }]) => [name, experimentalFields.toSorted()])).toEqual(theirs)
  })

  it('has params and results that stock takes', () => {
    const complaints = Object.entries(METHODS).flatMap(([name, { params, result }]) => [
      ...stock.validate('request', name, params),
      ...stock.validate('response', name, result),
    ])
    expect(complaints).toEqual([])
  })

  it('has notifications that stock takes, with every sort of item, turn and thread', () => {
    const complaints = Object.entries(NOTIFICATIONS).flatMap(([name, list]) =>
      list.flatMap((params) => stock.validate('notification', name, params)),
    )
    expect([...new Set(complaints)]).toEqual([])
  })

  it('has questions that stock takes, and takes the answers of stock', () => {
    const complaints = Object.entries(SERVER_REQUESTS).flatMap(([name, { params, results }]) => [
      ...params.flatMap((each) => stock.validate('serverRequest', name, each)),
      ...results.flatMap((each) => stock.validate('serverResponse', name, each)),
    ])
    expect(complaints).toEqual([])
  })

  it('is described: the page names every notification and every question', () => {
    const text = readFileSync(new URL('../../../docs/protocol/app-server.md', import.meta.url), 'utf8')
    const [, section = ''] = /^## 6\.([\s\S]*)^## 7\./m.exec(text) ?? []
    const named = [...section.matchAll(/`([\w/]+)`/g)].map(([, name]) => name as string)
    const all = [...Object.keys(NOTIFICATIONS), ...Object.keys(SERVER_REQUESTS)]
    expect([...new Set(named)].filter((name) => name !== 'thread/unsubscribe').toSorted()).toEqual(all.toSorted())
  })

  it('would object to what is missing, of another sort, or not known', () => {
    const wrong = [{ threadId: 1 }, {}, { threadId: 'x', more: 1 }]
    const told = wrong.map((params) => stock.validate('notification', 'thread/closed', params).length)
    expect([...told, stock.validate('notification', 'thread/vanished', {}).length]).toEqual([1, 1, 1, 1])
  })
})
