import { boolean, integer } from './parse-setting.ts'
import type { ReadSetting } from './read-setting.ts'
import type { Setting } from './setting.ts'

/** Settings of runs that wait for an approval. */
export interface ApprovalSettings {
  readonly inputTimeoutMs: number
  readonly selfApproval: boolean
}

/** 30 days, the longest pause of the registry. */
const parseMs = integer(2_592_000_000)

export const approvalSettings = {
  inputTimeoutMs: {
    flag: 'input-timeout-ms',
    variable: 'TOOLYARD_INPUT_TIMEOUT_MS',
    placeholder: 'ms',
    fallback: '600000',
    description: 'how long a run waits each time for an approval or an answer',
    takes: 'a whole number of milliseconds from 1 to 2592000000',
    parse: (text) => parseMs(text) || undefined,
  } satisfies Setting<number>,
  selfApproval: {
    flag: 'self-approval',
    variable: 'TOOLYARD_SELF_APPROVAL',
    placeholder: 'boolean',
    fallback: 'false',
    description: 'whether a key may approve or reject a run that it started',
    takes: 'true, false',
    parse: boolean,
  } satisfies Setting<boolean>,
}

export function readApprovalSettings(read: ReadSetting): ApprovalSettings {
  return { inputTimeoutMs: read(approvalSettings.inputTimeoutMs), selfApproval: read(approvalSettings.selfApproval) }
}
