/**
 * Which runs wait for an approval before anything is sent. DESTRUCTIVE: those of every tool that does not say
 * `readOnlyHint: true` or `destructiveHint: false` (MCP 2026-07-28, `ToolAnnotations`).
 */
export type ToolApprovalPolicy = 'NEVER' | 'DESTRUCTIVE' | 'ALWAYS'

export type ApprovalDecision = 'APPROVED' | 'REJECTED'

/** The approval of a run, in epoch milliseconds. */
export interface RunApproval {
  /** When it was asked for; anew if it was asked for again. */
  readonly requestedAt: number
  /** Null while it is undecided, and of a run that ended undecided. */
  readonly decidedAt: number | null
  readonly decision: ApprovalDecision | null
  /** The actor that decided; null if the caller named none. */
  readonly decidedBy: string | null
  readonly reason: string | null
}
