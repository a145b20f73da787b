/** Owns the pages that say where to begin: the home page, the list of docs, and how an agent gets a credential. */
import type { Site, SiteApi } from '../site.ts'
import { listPages } from './list-pages.ts'
import { markdownPath, type Page } from './page.ts'

/** What a server of ours is, in one sentence. */
export const SUMMARY =
  'Towline gives a service on any machine an address over one outbound connection, through a relay that you host yourself.'

/** `/`: what this server is, and every way in. */
export const homePage = (site: Site, pages: readonly Page[]): Page => ({
  path: '/',
  title: 'Towline',
  description: SUMMARY,
  section: 'Start',
  markdown: `${[
    '# Towline',
    `${SUMMARY} It is made for coding agents: everything here can be read, checked and called without a browser.`,
    `This server is \`${site.publicUrl()}\`, version ${site.version}. [Is it well?](/api/status)`,
    '## For agents',
    waysIn(site, pages).join('\n'),
    '## For people',
    'Run `towline forward 3000` on the machine that has the service, and open the address it prints.',
    listPages(pages, ['Guides']).replace('## Guides\n\n', ''),
    'All pages are listed under [docs](/docs.md). Each has the same text as Markdown: add `.md`, or accept `text/markdown`.',
  ].join('\n\n')}\n`,
})

const waysIn = (site: Site, pages: readonly Page[]): readonly string[] => [
  '- [API catalog](/.well-known/api-catalog): every API with its description, docs and status',
  '- [Skills](/.well-known/agent-skills/index.json): instructions to install, with digests',
  ...site.apis.map(({ path, title }) => `- [${title}](${path}/openapi.json): OpenAPI 3.1`),
  ...(site.mcp ? [`- [MCP server](/.well-known/mcp/server-card.json): Streamable HTTP at \`${site.mcp.path}\``] : []),
  `- [How to get a credential](/auth.md)`,
  '- [llms.txt](/llms.txt): all pages in one list',
  ...pages
    .filter(({ path }) => path.endsWith('/towline-setup'))
    .map(({ path }) => `- [Setup](${markdownPath(path)}): begin here`),
]

/** `/docs`: all pages. */
export const docsPage = (pages: readonly Page[]): Page => ({
  path: '/docs',
  title: 'Docs',
  description: 'All pages of this server, by section.',
  section: 'Start',
  markdown: `# Docs\n\nAll pages of this server, by section.\n\n${listPages(pages)}\n`,
})

/** `/auth`, whose Markdown `/auth.md` agents look for. */
export const authPage = (site: Site): Page => ({
  path: '/auth',
  title: 'How an agent gets a credential',
  description: 'Which credentials this server takes, how to ask a person for one, and how to give it back.',
  section: 'Start',
  markdown: `${[
    '# How an agent gets a credential',
    `Every call to ${named(site.apis)} carries \`Authorization: Bearer <token>\`, once, and no cookies. What a call needs is in` +
      ' its OpenAPI operation. Without a token the pages, descriptions, skills and status are open.',
    ...(site.oauth ? oauthParts(site) : []),
    '## A token that someone hands over',
    'A person who has access mints a narrow, short-lived one:',
    '```sh\ntowline token create --permission tunnels.list --ttl 15m -o json\n```',
    'Keep it in a file that only you can read, and name it by `TOWLINE_TOKEN_FILE`; set `TOWLINE_URL` to' +
      ` \`${site.publicUrl()}\`. Never write a token into a command line, a log or a repository.`,
  ].join('\n\n')}\n`,
})

const named = (apis: readonly SiteApi[]): string =>
  apis.length === 0 ? 'an API' : apis.map(({ path }) => `\`${path}\``).join(' and ')

const oauthParts = ({ oauth, publicUrl, mcp }: Site): readonly string[] => [
  '## By a person who approves it',
  'The device grant (RFC 8628) needs no browser on your side:',
  `\`\`\`sh\ntowline login ${publicUrl()}\n\`\`\``,
  'It prints an address and a code. The person who opens it sees each permission in words and may untick some. Without the' +
    ' command line:',
  [
    `1. Read ${oauth?.issuer() ?? publicUrl()}/.well-known/oauth-authorization-server.`,
    '2. Register as a public client at `registration_endpoint`, or use the client id `towline-cli`.',
    '3. POST `client_id`, `scope` and `resource` to `device_authorization_endpoint`; show the person' +
      ' `verification_uri` and `user_code`.',
    '4. POST to `token_endpoint` every `interval` seconds; on `slow_down` wait five seconds longer.',
    '5. Give it back at `revocation_endpoint`; it stops working at once, on open connections too.',
  ].join('\n'),
  'Authorization code with PKCE (S256) works for clients that have a browser. Scopes are the names under' +
    ' [permissions](/docs/reference/permissions.md); ask for the fewest.',
  'Which server issues tokens for what is in the protected resource metadata (RFC 9728): ' +
    `${(oauth?.resources ?? []).map(({ path }) => `[\`${path || '/'}\`](/.well-known/oauth-protected-resource${path})`).join(', ')}.`,
  ...(mcp ? [`An MCP client needs only the address \`${publicUrl()}${mcp.path}\`: it is told where to log in.`] : []),
]
