/** The `data` of the error for a request whose event stream ended without its answer. */
export class StreamCut {
  readonly cause: unknown
  constructor(cause: unknown) {
    this.cause = cause
  }
}
