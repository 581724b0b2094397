/** Where a found tool stands: by score, the highest first, then by name and id. */
export interface Rank {
  readonly score: number
  readonly name: string
  readonly id: string
}
