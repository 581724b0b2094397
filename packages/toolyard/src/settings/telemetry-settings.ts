import type { ReadSetting } from './read-setting.ts'
import type { Setting } from './setting.ts'

/** Whether spans and metrics are sent, and to which address; without one, the variables of OpenTelemetry decide. */
export type Otlp = { readonly isAsked: false } | { readonly isAsked: true; readonly endpoint: string | undefined }

export interface TelemetrySettings {
  readonly otlp: Otlp
  readonly captureContent: boolean
}

function parseOtlp(text: string): Otlp | undefined {
  if (text === 'none' || text === 'false') return { isAsked: false }
  if (text === 'true') return { isAsked: true, endpoint: undefined }
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined
  const { username, password } = new URL(text)
  return username === '' && password === '' ? { isAsked: true, endpoint: text } : undefined
}

export const telemetrySettings = {
  otlp: {
    flag: 'otlp',
    variable: 'TOOLYARD_OTLP',
    placeholder: 'endpoint',
    fallback: 'none',
    bare: 'true',
    description: 'send OpenTelemetry spans and metrics there, or where the OTEL_* variables say, which also ask for it',
    takes: 'an address such as http://127.0.0.1:4318, without credentials (OTEL_EXPORTER_OTLP_HEADERS), true, or none',
    parse: parseOtlp,
    // It may have credentials.
    show: (text) => `${text.slice(0, 8)}…`,
  } satisfies Setting<Otlp>,
  captureContent: {
    flag: 'telemetry-content',
    variable: 'TOOLYARD_TELEMETRY_CONTENT',
    placeholder: 'what',
    fallback: 'none',
    description: 'whether spans have args and results of calls, without known secrets',
    takes: 'none, all',
    parse: (text) => (text === 'all' ? true : text === 'none' ? false : undefined),
  } satisfies Setting<boolean>,
}

export function readTelemetrySettings(read: ReadSetting): TelemetrySettings {
  return { otlp: read(telemetrySettings.otlp), captureContent: read(telemetrySettings.captureContent) }
}
