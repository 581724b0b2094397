import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

export const partNames = [
  'calls',
  'eras',
  'refresh',
  'reads',
  'graphql',
  'subscribers',
  'history',
  'secrets',
  'oauth',
  'access',
  'telemetry',
  'postgres',
  'shutdown',
] as const
export type PartName = (typeof partNames)[number]

export interface Settings {
  readonly only: readonly PartName[]
  /** Undefined: what each part finds fit. */
  readonly rounds: number | undefined
  readonly isQuick: boolean
  readonly json: string
  readonly withPeers: boolean
  /** Whether the server that is called over HTTP begins a session with each client. */
  readonly withSessions: boolean
  /** Whether the library's turns in `calls`, and the server's in `calls` and `graphql`, are profiled. */
  readonly isProfiled: boolean
  /** Folder of another checkout, built, whose server takes its turns beside this one's. */
  readonly against: string | undefined
  /** Whether the ratios are added to the history. */
  readonly isRecorded: boolean
}

export const usage = `npm run bench -- [--only ${partNames.join(',')}] [--rounds N] [--quick] [--json FILE] [--no-peers] [--sessions] [--profile] [--against FOLDER] [--no-history]`

/** Throws where something is not understood. */
export function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string', default: fileURLToPath(new URL('results.json', import.meta.url)) },
      peers: { type: 'boolean', default: true },
      sessions: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      against: { type: 'string' },
      history: { type: 'boolean', default: true },
    },
  })
  const only = (values.only?.split(',') ?? partNames).map((name) => {
    const part = partNames.find((each) => each === name)
    if (part === undefined) throw new Error(`--only takes ${partNames.join(', ')}, got "${name}"`)
    return part
  })
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1 && rounds <= 1_000)) {
    throw new Error(`--rounds takes a whole number from 1 to 1000, got "${values.rounds}"`)
  }
  const { quick: isQuick, json, peers: withPeers, sessions: withSessions, profile: isProfiled } = values
  const against = values.against === undefined ? undefined : resolve(values.against)
  // Profiled turns take longer, and other runs have no server of another checkout.
  const isRecorded = values.history && !isProfiled && against === undefined
  return { only, rounds, isQuick, json, withPeers, withSessions, isProfiled, against, isRecorded }
}
