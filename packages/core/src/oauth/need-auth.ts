import { isRegistryError, type RegistryError } from '../base/errors.ts'
import type { OAuthGrantRecord } from '../model/oauth.ts'
import type { AuthorizationChallenge } from '../model/oauth-challenge.ts'
import { parseScopes, scopesBeyond, unionOfScopes } from '../model/oauth-scopes.ts'
import { authRequired } from './failures.ts'
import type { GrantTarget } from './grant-target.ts'
import { reauthRequired } from './renewal.ts'
import type { Vault } from './vault.ts'

/** Tells the rest of the registry that only the owner can go on. `isStepUp`: what was granted goes on working. */
export type OnAuthRequired = (target: GrantTarget, error: RegistryError, isStepUp: boolean) => Promise<void>

/** Stores what a server wants of its owner. Each resolves with the error for the request that met it. */
export interface NeedAuth {
  /** The server was never connected. */
  connect(target: GrantTarget, grant: OAuthGrantRecord, challenge: AuthorizationChallenge): Promise<RegistryError>
  /** The server wants more scopes than were granted. */
  widen(target: GrantTarget, grant: OAuthGrantRecord, challenge: AuthorizationChallenge): Promise<RegistryError>
  /** What was granted is no longer good. `reason` continues a sentence. */
  reauthorize(target: GrantTarget, grant: OAuthGrantRecord, reason: string): Promise<RegistryError>
}

export function createNeedAuth(vault: Vault, onAuthRequired: OnAuthRequired): NeedAuth {
  /** Stores changes, if there are any, and tells of the first time alone: a server may refuse every request. */
  async function store(
    target: GrantTarget,
    grant: OAuthGrantRecord,
    changes: Partial<OAuthGrantRecord> | undefined,
    error: RegistryError,
    isStepUp = false,
  ): Promise<RegistryError> {
    if (changes === undefined) return error
    try {
      if (await vault.change(grant, changes)) await onAuthRequired(target, error, isStepUp)
    } catch (cause) {
      // The server was deleted meanwhile, and cannot be connected any more.
      if (!isRegistryError(cause, 'NOT_FOUND')) throw cause
    }
    return error
  }

  return {
    async connect(target, grant, challenge) {
      const scopes = parseScopes(challenge.scope)
      const { resourceMetadataUrl = null } = challenge
      const message = `The server "${target.serverName}" asks for authorization (HTTP 401); connect it by OAuth`
      const error = authRequired(message, { details: { httpStatus: 401, authentication: 'OAUTH', scopes } })
      const isKnown = sameScopes(grant.requestedScopes, scopes) && grant.resourceMetadataUrl === resourceMetadataUrl
      const changes = isKnown && grant.version > 0 ? undefined : { requestedScopes: scopes, resourceMetadataUrl }
      return await store(target, grant, changes, error)
    },
    async widen(target, grant, challenge) {
      const asked = parseScopes(challenge.scope)
      const beyond = scopesBeyond(asked, grant.scopes)
      const scopes = unionOfScopes(grant.requestedScopes, beyond)
      const what =
        beyond.length > 0 ? `asks for more scopes (${beyond.join(' ')})` : 'says that the scopes do not suffice'
      const message = `The server "${target.serverName}" ${what} (HTTP 403); connect it again by OAuth`
      const error = authRequired(message, { details: { httpStatus: 403, authentication: 'OAUTH', scopes: beyond } })
      const resourceMetadataUrl = challenge.resourceMetadataUrl ?? grant.resourceMetadataUrl
      const isKnown = sameScopes(scopes, grant.requestedScopes) && grant.refusedGeneration === grant.generation
      // Scopes that were granted and do not suffice must not be asked for without an end.
      const stepUps = beyond.length > 0 ? 0 : grant.stepUps + 1
      const refused = { requestedScopes: scopes, resourceMetadataUrl, stepUps, refusedGeneration: grant.generation }
      return await store(target, grant, isKnown ? undefined : refused, error, true)
    },
    async reauthorize(target, grant, reason) {
      const error = reauthRequired(target, { reason, requestedScopes: grant.requestedScopes })
      const changes = { state: 'REAUTH_REQUIRED', reason, tokens: null, isRenewable: false, renewal: null } as const
      return await store(target, grant, changes, error)
    },
  }
}

function sameScopes(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((scope) => others.includes(scope))
}
