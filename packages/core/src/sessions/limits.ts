/** What a session takes from a server at most, whatever the transport. */
export interface MessageLimits {
  /** Bytes of one message, after decompression. */
  readonly maxMessageBytes: number
  /** How long an answer that has begun may stay without a byte, in ms. */
  readonly idleBytesMs: number
}
