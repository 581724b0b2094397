/** The event stream of a request ended without its answer. */
export class StreamCut extends Error {
  override readonly name = 'StreamCut'
  constructor(cause: unknown) {
    super('The event stream ended without the answer', { cause })
  }
}
