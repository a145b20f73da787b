/** Owns what clients learn of logins. An app-server has none of its own: models are paid by keys of config.toml. */

export interface AccountRead {
  readonly account: { readonly type: 'apiKey' } | null
  /** False: clients skip their login. */
  readonly requiresOpenaiAuth: boolean
}

export interface AccountMethods {
  readonly 'account/read': { readonly params: { readonly refreshToken?: boolean }; readonly result: AccountRead }
  readonly 'account/bedrock/checkGovCloudRequirements': {
    readonly params: object
    readonly result: { readonly isGovCloud: boolean; readonly shouldWarn: boolean }
  }
}
