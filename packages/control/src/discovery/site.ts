/** Owns what discovery is told about the server it describes; a part that is absent is neither named nor served. */

/** A whole server as its documents describe it. */
export interface Site {
  /** Origin as visitors write it, without a slash at its end. Asked at each request: it is known once the server listens. */
  readonly publicUrl: () => string
  readonly version: string
  /** Texts of docs/ and skills/, by their path in the repository. Asked once. */
  readonly files: () => Promise<readonly SiteFile[]>
  readonly apis: readonly SiteApi[]
  readonly mcp?: SiteMcp | undefined
  readonly oauth?: SiteOauth | undefined
  readonly status: StatusSource
}

/** Such as `docs/guide/publish.md` or `skills/towline-setup/SKILL.md`. */
export interface SiteFile {
  readonly path: string
  readonly text: string
}

/** An API whose OpenAPI document is at `<path>/openapi.json` and whose page is at `/docs<path>`. */
export interface SiteApi {
  /** Such as `/api/engine`. */
  readonly path: string
  readonly title: string
  /** The OpenAPI 3.1 document, as it is served, or a promise of it. Asked once. */
  readonly document: () => unknown
}

/** The hosted MCP endpoint; the card is made from this, so that it agrees with the live server. */
export interface SiteMcp {
  /** Such as `/api/mcp`. */
  readonly path: string
  readonly serverInfo: { readonly name: string; readonly title: string; readonly version: string }
  /** At most 100 characters. */
  readonly description: string
  /** Newest first. */
  readonly protocolVersions: readonly string[]
}

/** The authorization server, which serves its own metadata (RFC 8414). */
export interface SiteOauth {
  /** Byte for byte as in its metadata. */
  readonly issuer: () => string
  /** Path of the JSON Web Key Set. */
  readonly jwksPath: string
  /** What tokens are good for (RFC 9728): path below the origin, empty for the origin itself. */
  readonly resources: readonly SiteResource[]
}

export interface SiteResource {
  readonly path: string
  readonly name: string
  readonly scopes: readonly string[]
}

/** What the status endpoint asks. */
export interface StatusSource {
  readonly checks: readonly StatusCheck[]
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Told the reason of a check that failed; the public answer does not hold it. */
  readonly onFailure: (name: string, error: unknown) => void
}

/** A dependency that is really asked. */
export interface StatusCheck {
  readonly name: string
  /** Whether the server is down without it; else it is degraded. */
  readonly vital: boolean
  /** Rejects when the dependency does not work. */
  readonly run: (signal: AbortSignal) => Promise<void>
}
