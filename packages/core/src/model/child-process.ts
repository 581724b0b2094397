import type { ProcessSpace } from '../base/process-identity.ts'

/** A child process that leads a group, and the process whose registry started it. */
export interface ChildRecord extends ProcessSpace {
  readonly pid: number
  /** With the pid it names one process. */
  readonly startedAs: string
  readonly ownerPid: number
  readonly ownerStartedAs: string
  /** Epoch ms. */
  readonly recordedAt: number
}

/** Which of the recorded children. */
export type ChildKey = Pick<ChildRecord, 'host' | 'boot' | 'pid'>
