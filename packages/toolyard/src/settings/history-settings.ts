import type { RecordPolicy } from '@toolyard/core'
import { atLeastOne } from './parse-setting.ts'
import type { ReadSetting } from './read-setting.ts'
import type { Setting } from './setting.ts'

/** The history that is kept of runs and refreshes. */
export interface HistorySettings {
  readonly historyMaxAgeMs: number
  readonly historyMaxCount: number
  readonly recordArgs: RecordPolicy
  readonly recordResults: RecordPolicy
}

const policies = ['keep', 'redact', 'drop'] as const

function recordPolicy(text: string): RecordPolicy | undefined {
  if (text === 'keep') return 'KEEP'
  if (text === 'redact') return 'REDACT'
  return text === 'drop' ? 'DROP' : undefined
}

export const historySettings = {
  historyMaxAgeMs: {
    flag: 'history-days',
    variable: 'TOOLYARD_HISTORY_DAYS',
    placeholder: 'days',
    fallback: '30',
    description: 'how long runs and refreshes that ended are kept',
    takes: 'a whole number of days from 1 to 3650, or all',
    parse: atLeastOne(3_650, 86_400_000),
  } satisfies Setting<number>,
  historyMaxCount: {
    flag: 'history-count',
    variable: 'TOOLYARD_HISTORY_COUNT',
    placeholder: 'number',
    fallback: '1000000',
    description: 'about how many runs are kept, and as many refreshes',
    takes: 'a whole number from 1 to 1000000000, or all',
    parse: atLeastOne(1_000_000_000, 1),
  } satisfies Setting<number>,
  recordArgs: {
    flag: 'record-args',
    variable: 'TOOLYARD_RECORD_ARGS',
    placeholder: 'policy',
    fallback: 'keep',
    description: 'what is recorded of the args of runs; a tool may say otherwise',
    takes: policies.join(', '),
    parse: recordPolicy,
  } satisfies Setting<RecordPolicy>,
  recordResults: {
    flag: 'record-results',
    variable: 'TOOLYARD_RECORD_RESULTS',
    placeholder: 'policy',
    fallback: 'keep',
    description: 'what is recorded of the results of runs; a tool may say otherwise',
    takes: policies.join(', '),
    parse: recordPolicy,
  } satisfies Setting<RecordPolicy>,
}

export function readHistorySettings(read: ReadSetting): HistorySettings {
  return {
    historyMaxAgeMs: read(historySettings.historyMaxAgeMs),
    historyMaxCount: read(historySettings.historyMaxCount),
    recordArgs: read(historySettings.recordArgs),
    recordResults: read(historySettings.recordResults),
  }
}
