import type { JsonObject } from '../base/json.ts'

/**
 * What becomes of a server's requests for input: PAUSE has the run wait until a caller answers; DECLINE declines
 * elicitations; NONE does not tell the server that it may ask. Sampling is declared with PAUSE alone, roots never.
 */
export type McpInputPolicy = 'PAUSE' | 'DECLINE' | 'NONE'

/** What a server asks for while it works on a call (MCP 2025-11-25 and 2026-07-28, elicitation, sampling). */
export type InputRequest = ElicitationFormRequest | ElicitationUrlRequest | SamplingRequest

interface KeyedRequest {
  /** Tells the requests of a run apart that wait at a time. */
  readonly key: string
}

/** Values to fill in. */
export interface ElicitationFormRequest extends KeyedRequest {
  readonly kind: 'FORM'
  /** For the person that fills them in. */
  readonly message: string
  /** As the server gave it: by the specification an object of texts, numbers, flags and choices. */
  readonly requestedSchema: JsonObject
}

/** An address to open in a browser, for what must not pass through the client. */
export interface ElicitationUrlRequest extends KeyedRequest {
  readonly kind: 'URL'
  readonly message: string
  /** http or https. It is shown, and never fetched. */
  readonly url: string
  /** By which a server of the revision 2025-11-25 says that it is done. */
  readonly elicitationId?: string
}

/** A question to a language model. */
export interface SamplingRequest extends KeyedRequest {
  readonly kind: 'SAMPLING'
  /** `CreateMessageRequestParams`, as the server gave them. */
  readonly params: JsonObject
}

/** How a request is answered (MCP, elicitation, response actions). */
export type ElicitationAction = 'ACCEPT' | 'DECLINE' | 'CANCEL'

export interface InputAnswer {
  readonly action: ElicitationAction
  /** Of an accepted form: its values. Of an accepted sampling: `CreateMessageResult`. */
  readonly content?: JsonObject
}

/** Whether the server is told that it may ask for values and for addresses to be opened. */
export const declaresElicitation = (policy: McpInputPolicy): boolean => policy !== 'NONE'
export const declaresSampling = (policy: McpInputPolicy): boolean => policy === 'PAUSE'

/** The members of the client's capabilities, in both eras. An empty elicitation would stand for forms alone. */
export function inputCapabilities(policy: McpInputPolicy): JsonObject {
  return {
    ...(declaresElicitation(policy) ? { elicitation: { form: {}, url: {} } } : {}),
    ...(declaresSampling(policy) ? { sampling: {} } : {}),
  }
}
