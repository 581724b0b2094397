/** A data key as it is stored: of no use without the master key that wraps it. It belongs to no tenant. */
export interface SecretKeyRecord {
  readonly id: string
  /** Which master key unwraps it; nothing of that key can be told from it. */
  readonly masterKeyId: string
  readonly wrapped: string
  readonly createdAt: number
}
