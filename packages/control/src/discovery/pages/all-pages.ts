/** Owns the list of all pages of a site: those made here, those of APIs, and those of files. */
import type { Site, SiteFile } from '../site.ts'
import { apiPage } from './api-page.ts'
import { filePages } from './file-pages.ts'
import type { Page } from './page.ts'
import { authPage, docsPage, homePage } from './start-pages.ts'

/** In the order of lists. */
export const allPages = async (site: Site, files: readonly SiteFile[]): Promise<readonly Page[]> => {
  const pages = [authPage(site), ...(await Promise.all(site.apis.map(apiPage))), ...filePages(files)]
  return [homePage(site, pages), docsPage(pages), ...pages]
}
