/** The id of a request (JSON-RPC 2.0, section 4). */
export type RequestId = string | number

interface Versioned {
  readonly jsonrpc: '2.0'
}

export interface JsonRpcRequest extends Versioned {
  readonly id: RequestId
  readonly method: string
  readonly params?: JsonRpcParams | undefined
}

export interface JsonRpcNotification extends Versioned {
  readonly method: string
  readonly params?: JsonRpcParams | undefined
}

export interface JsonRpcResult extends Versioned {
  readonly id: RequestId
  readonly result: { readonly [key: string]: unknown }
}

export interface JsonRpcError extends Versioned {
  readonly id?: RequestId | undefined
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown }
}

export interface JsonRpcParams {
  readonly [key: string]: unknown
}

/** A message as it goes between a session and its transport. */
export type JsonRpcMessage = JsonRpcRequest | JsonRpcNotification | JsonRpcResult | JsonRpcError
