/** A request that is about to be sent to an MCP server. */
export interface OutgoingRequest {
  readonly method: string
  readonly url: URL
}

/** Headers that authorize one request, with lower-case names. */
export interface Authorization {
  readonly headers: Readonly<Record<string, string>>
  /** Which tokens they were made of; undefined: there are none. */
  readonly generation: number | undefined
}

/** A server's answer that refuses a request, or that brings a nonce (RFC 9449 section 8.2). */
export interface AuthorizationAnswer {
  readonly status: number
  /** Each value of the header; a server may send several. */
  readonly challenges: readonly string[]
  readonly dpopNonce: string | undefined
}

/**
 * Authorizes the requests to one MCP server, each with the token that is current when it is sent, so that a session outlives
 * its tokens.
 */
export interface RequestAuthorizer {
  /** At once where a valid token is in memory. Rejects with AUTH_REQUIRED, CONNECT_FAILED, TIMEOUT, and the signal's reason. */
  authorize(request: OutgoingRequest, signal: AbortSignal): Authorization | Promise<Authorization>
  /**
   * Called with each answer of status 401 or 403, and each that has a DPoP nonce. Resolves with whether the request is to be
   * sent once more, with another `authorize` before it. Rejects with AUTH_REQUIRED where only the owner can go on.
   */
  answered(answer: AuthorizationAnswer, sent: Authorization, signal: AbortSignal): boolean | Promise<boolean>
  /** Called with each request that was answered with another status: its authorization was taken. */
  accepted(sent: Authorization): void
  /** Replaces the tokens that this authorizer has sent, in texts of the server. */
  scrub(text: string): string
}
