import type { ProcessSpace } from '../base/process-identity.ts'

/** A child process that leads a group, and the process whose registry started it. */
export interface ChildRecord extends ProcessSpace {
  readonly pid: number
  /** Identifies one process together with the pid. */
  readonly startedAs: string
  readonly ownerPid: number
  readonly ownerStartedAs: string
  /** Epoch ms. */
  readonly recordedAt: number
}

/** Identifies a recorded child. */
export type ChildKey = Pick<ChildRecord, 'host' | 'boot' | 'pid'>
