/** The place of a found tool: by score, the highest first, then by name and id. */
export interface Rank {
  readonly score: number
  readonly name: string
  readonly id: string
}
