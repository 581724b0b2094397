import type { ApprovalActorOptions } from '@toolyard/core'
import type { Caller } from './caller.ts'

/** The actor of a change that may loosen an approval policy, which takes `admin`: a key that runs must not approve itself so. */
export function approvalActor({ id, scopes }: Caller): ApprovalActorOptions {
  return { actor: id, mayLoosenApproval: scopes.has('admin') }
}
