import type { RegistryStats } from '@toolyard/core'
import { builder } from './builder.ts'
import { McpTransportEnum } from './filters.ts'

const RegistryInfo = builder.objectRef<RegistryStats>('RegistryInfo').implement({
  fields: (t) => ({
    version: t.exposeString('version'),
    supportedTransports: t.field({
      type: [McpTransportEnum],
      resolve: () => ['stdio', 'sse', 'streamableHttp'] as const,
    }),
    supportedProtocolVersions: t.stringList({
      resolve: ({ supportedProtocolVersions }) => [...supportedProtocolVersions],
    }),
    stdioAllowed: t.exposeBoolean('stdioAllowed'),
    selfApproval: t.exposeBoolean('selfApproval', {
      description: 'Whether a key may decide a run that it has started: see decideToolRun',
    }),
    eventRetention: t.exposeInt('eventRetention'),
  }),
})

builder.queryField('registryInfo', (t) => t.field({ type: RegistryInfo, resolve: (_, _args, { stats }) => stats() }))
