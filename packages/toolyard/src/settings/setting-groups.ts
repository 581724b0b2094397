import { approvalSettings } from './approval-settings.ts'
import { budgetSettings } from './budget-settings.ts'
import { databaseSettings } from './database-settings.ts'
import { historySettings } from './history-settings.ts'
import { limitSettings } from './limit-settings.ts'
import { persistedSettings } from './persisted-settings.ts'
import type { Setting } from './setting.ts'
import { serverSettings } from './settings.ts'
import { telemetrySettings } from './telemetry-settings.ts'

export interface SettingGroup {
  readonly title: string
  readonly settings: readonly Setting<unknown>[]
}

const named: Readonly<Record<string, readonly (keyof typeof serverSettings)[]>> = {
  'Address and access': ['host', 'port', 'publicUrl', 'oauthRedirects', 'apiKeysPath', 'allowedOrigins', 'console'],
  'What MCP servers may reach and run': [
    'network',
    'stdioCommands',
    'stdioAllowEnv',
    'stdioAllowCwd',
    'stdioPassEnv',
    'stdioMemoryBytes',
    'stdioCpuSeconds',
    'secretEnv',
    'bodyIdleMs',
  ],
}

/** All settings of the server in the groups of the docs; the last group has the rest. */
export function settingGroups(): readonly SettingGroup[] {
  const ofServer = Object.entries(named).map(([title, keys]) => ({
    title,
    settings: keys.map((key) => serverSettings[key]),
  }))
  const groups: readonly SettingGroup[] = [
    ...ofServer,
    { title: 'Approvals', settings: Object.values(approvalSettings) },
    { title: 'History', settings: Object.values(historySettings) },
    { title: 'Database and key', settings: Object.values(databaseSettings) },
    { title: 'Telemetry', settings: Object.values(telemetrySettings) },
    { title: 'Limits of the API', settings: Object.values(limitSettings) },
    { title: 'Budgets of what comes from outside', settings: [...budgetSettings.values()] },
    { title: 'Persisted operations', settings: Object.values(persistedSettings) },
  ]
  const grouped = new Set(groups.flatMap(({ settings }) => settings))
  const rest = Object.values<Setting<unknown>>(serverSettings).filter((setting) => !grouped.has(setting))
  return [...groups, { title: 'The process', settings: rest }]
}
