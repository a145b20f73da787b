/** Proves that the page of the app-server protocol names what the tables have. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { APP_METHODS, type AppMethodRow } from './methods.ts'

const page = readFileSync(new URL('../../../../docs/protocol/app-server.md', import.meta.url), 'utf8')
const methods = Object.entries<AppMethodRow>(APP_METHODS)

describe('app-server docs', () => {
  it('list each method once, and no other', () => {
    const [, tables = ''] = /<!-- methods -->([\s\S]*)<!-- \/methods -->/.exec(page) ?? []
    const listed = [...tables.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name as string)
    expect(listed.toSorted()).toEqual(methods.map(([name]) => name).toSorted())
  })

  it('tell what each method of ours is, and say of none that is served that it is not', () => {
    const [, added = '', differences = ''] = /^## 7\.([\s\S]*)^## 8\.([\s\S]*)/m.exec(page) ?? []
    const ours = methods.filter(([, { extension }]) => extension).map(([name]) => name)
    expect(ours.filter((name) => !added.includes(`\`${name}\``))).toEqual([])
    const [, absent = ''] = /^- Not there:([\s\S]*?)\n- /m.exec(differences) ?? []
    expect(absent).not.toBe('')
    expect(methods.filter(([name]) => absent.includes(`\`${name}\``))).toEqual([])
  })
})
