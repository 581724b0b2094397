export interface Setting<Value> {
  /** Undefined for a secret: other users of the machine see the args of a process. */
  readonly flag: string | undefined
  readonly variable: string
  readonly placeholder: string
  readonly fallback: string
  /** The default if the server asks for API keys, if it is another one. */
  readonly keyedFallback?: string
  /** The value of a flag without one; undefined if the flag needs one. */
  readonly bare?: string
  readonly description: string
  /** The accepted values, to be read after "takes". */
  readonly takes: string
  /** Returns undefined for a text that is not accepted. */
  readonly parse: (text: string) => Value | undefined
  /** Masks a text that is not accepted, if it may hold a secret. */
  readonly show?: (text: string) => string
  /** Names of values in earlier versions, which are still accepted, with the names that replace them. */
  readonly renamedValues?: Readonly<Record<string, string>>
}
