export interface Setting<Value> {
  /** Undefined for a secret: everybody on the machine sees the args of a process. */
  readonly flag: string | undefined
  readonly variable: string
  readonly placeholder: string
  readonly fallback: string
  /** Instead of `fallback` where the server asks for API keys. */
  readonly keyedFallback?: string
  /** What the flag stands for without a value; undefined: it needs one. */
  readonly bare?: string
  readonly description: string
  /** As it reads after "takes". */
  readonly takes: string
  /** Undefined for what is not understood. */
  readonly parse: (text: string) => Value | undefined
  /** What is shown of a text that was not understood, where it may hold a secret. */
  readonly show?: (text: string) => string
}
