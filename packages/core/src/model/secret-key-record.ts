/** A stored data key, useless without the master key that wraps it. It belongs to no tenant. */
export interface SecretKeyRecord {
  readonly id: string
  /** The id of the master key that unwraps it. The id reveals nothing of that key. */
  readonly masterKeyId: string
  readonly wrapped: string
  readonly createdAt: number
}
