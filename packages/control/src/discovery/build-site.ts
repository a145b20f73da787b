/** Owns putting a site together: all pages and documents by their paths, made once for an origin. */
import { documentOf, type SiteDocument } from './document.ts'
import { aiCatalogDocument } from './documents/ai-catalog.ts'
import { apiCatalogDocument } from './documents/api-catalog.ts'
import { CONTENT_SIGNAL, robotsDocument, sitemapDocument } from './documents/crawlers.ts'
import { linkField, siteLinks } from './documents/links.ts'
import { llmsDocument, llmsFullDocument } from './documents/llms.ts'
import { protectedResourceDocuments } from './documents/protected-resource.ts'
import { serverCardDocuments } from './documents/server-card.ts'
import { skillDocuments, skillsOf } from './documents/skills.ts'
import { layout, PAGE_SECURITY } from './html/layout.ts'
import { loadRender } from './html/render.ts'
import { ICON, ICON_PATH, STYLE, STYLE_PATH } from './html/style.ts'
import { allPages } from './pages/all-pages.ts'
import { plainFiles } from './pages/file-pages.ts'
import { markdownPath, type Page, withFrontMatter } from './pages/page.ts'
import type { Site } from './site.ts'

/** What is served at one origin. */
export interface BuiltSite {
  /** Documents that have one form. */
  readonly documents: ReadonlyMap<string, SiteDocument>
  readonly pages: ReadonlyMap<string, BuiltPage>
}

/** A page in both its forms. */
export interface BuiltPage {
  readonly markdown: SiteDocument
  /** Made when first asked for. */
  readonly html: () => Promise<SiteDocument>
}

export const buildSite = async (site: Site): Promise<BuiltSite> => {
  const files = await site.files()
  const pages = await allPages(site, files)
  const origin = site.publicUrl()
  const built = new Map(pages.map((page) => [page.path, buildPage(site, page, pages)]))
  const documents = new Map([
    ...plainFiles(files),
    ...skillDocuments(skillsOf(files)),
    ...serverCardDocuments(site),
    ...protectedResourceDocuments(site),
    ['/.well-known/api-catalog', apiCatalogDocument(site)],
    ['/.well-known/ai-catalog.json', aiCatalogDocument(site)],
    ['/llms.txt', llmsDocument(origin, pages)],
    ['/llms-full.txt', llmsFullDocument(origin, pages)],
    ['/robots.txt', robotsDocument(origin)],
    ['/sitemap.xml', sitemapDocument(origin, pages)],
    [STYLE_PATH, documentOf(STYLE, 'text/css; charset=utf-8')],
    [ICON_PATH, documentOf(ICON, 'image/svg+xml', PAGE_SECURITY)],
    ...pages.map(({ path }) => [markdownPath(path), built.get(path)?.markdown as SiteDocument] as const),
  ])
  return { documents, pages: built }
}

const buildPage = (site: Site, page: Page, pages: readonly Page[]): BuiltPage => {
  const links = siteLinks(site, page.path)
  const headers = { vary: 'Accept', link: linkField(links), 'content-signal': CONTENT_SIGNAL }
  const text = withFrontMatter(page)
  const tokens = String(Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN))
  let html: Promise<SiteDocument> | undefined
  const render = async (): Promise<SiteDocument> => {
    const body = (await loadRender())(page.markdown)
    return documentOf(layout({ page, body, pages, links }), 'text/html; charset=utf-8', {
      ...headers,
      ...PAGE_SECURITY,
    })
  }
  return {
    markdown: documentOf(text, 'text/markdown; charset=utf-8', { ...headers, 'x-markdown-tokens': tokens }),
    html: () => (html ??= render()),
  }
}

/** The usual estimate. */
const BYTES_PER_TOKEN = 4
