import { integer } from './parse-setting.ts'
import type { ReadSetting } from './read-setting.ts'
import type { Setting } from './setting.ts'

/** Settings of connections to MCP servers. */
export interface SessionSettings {
  readonly bodyIdleMs: number
}

// The maximum of a timer.
const parseMs = integer(2 ** 31 - 1)

export const sessionSettings = {
  bodyIdleMs: {
    flag: 'body-idle-ms',
    variable: 'TOOLYARD_BODY_IDLE_MS',
    placeholder: 'ms',
    fallback: '60000',
    description: 'how long a connection to an HTTP server may be silent while no request waits on it',
    takes: 'a whole number of milliseconds from 1 to 2147483647',
    parse: (text) => parseMs(text) || undefined,
  } satisfies Setting<number>,
}

export function readSessionSettings(read: ReadSetting): SessionSettings {
  return { bodyIdleMs: read(sessionSettings.bodyIdleMs) }
}
