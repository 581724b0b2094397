import { Box } from '@mantine/core'
import type { ReactNode } from 'react'
import { grantWords } from '../authorization/authorization-status.ts'
import { approvalPolicyWords } from '../pauses/approval-policies.ts'
import { inputPolicyWords } from '../pauses/input-policies.ts'
import { LongDescription } from '../text/long-description.tsx'
import { LongText } from '../text/long-text.tsx'
import { durationText, Time } from '../text/time.tsx'
import { protocolText } from './protocol-eras.ts'
import type { ServerDetails } from './server-documents.ts'

type Secret = Extract<ServerDetails, { __typename: 'StdioMcpServer' }>['env'][number]

function secretText({ name, source, reference, hint }: Secret): string {
  if (source !== 'LITERAL') return `${name} (from ${source === 'ENV' ? '$' : 'the provider: '}${reference ?? ''})`
  return `${name} (set${hint === null ? '' : `, ends with ${hint}`})`
}

type Auth = Exclude<ServerDetails, { __typename: 'StdioMcpServer' }>['auth']

function authText(auth: Auth): string {
  if (auth === null) return 'none'
  if (auth.__typename === 'HeaderAuth') return `${auth.header}: ${secretText(auth.token)}`
  return `OAuth (${grantWords[auth.grant].toLowerCase()})`
}

function lines(server: ServerDetails): readonly (readonly [string, ReactNode])[] {
  if (server.__typename === 'StdioMcpServer') {
    return [
      ['Command', <LongText key="command" text={[server.command, ...server.args].join(' ')} isMono limit={500} />],
      ['Folder', server.cwd],
      ['Environment', server.env.map(secretText).join('\n')],
    ]
  }
  return [
    ['URL', <LongText key="url" text={server.serverUrl} isMono limit={500} />],
    ['Authentication', authText(server.auth)],
    ['Headers', server.customHeaders.map(secretText).join('\n')],
  ]
}

const policies = {
  ACCEPT: 'accept',
  WARN: 'accept and notify',
  QUARANTINE: 'hold for approval',
} as const

export function ServerConfig({ server }: { readonly server: ServerDetails }) {
  const { timeouts, refreshIntervalMs, toolChangePolicy, approvalPolicy, inputPolicy, labels } = server
  const { createdAt, updatedAt, instructions } = server
  const rows: readonly (readonly [string, ReactNode])[] = [
    ...lines(server),
    ['Tool changes', policies[toolChangePolicy]],
    ['Runs need approval', approvalPolicyWords(approvalPolicy).toLowerCase()],
    ['Requests for input', inputPolicyWords(inputPolicy).toLowerCase()],
    ['Automatic refresh', refreshIntervalMs === null ? 'never' : `every ${durationText(refreshIntervalMs)}`],
    [
      'Timeouts',
      `connect ${durationText(timeouts.connectMs)}, request ${durationText(timeouts.requestMs)}, total ${durationText(timeouts.maxTotalMs)}`,
    ],
    ['Protocol', protocolText(server.protocolEraPolicy, server)],
    ['Labels', labels.join(', ')],
    ['Created', <Time key="created" at={createdAt} />],
    ['Updated', <Time key="updated" at={updatedAt} />],
    ['Instructions', instructions && <LongDescription key="instructions" text={instructions} what="instructions" />],
  ]
  return (
    <Box className="panel" p="md">
      <dl className="properties">
        {rows
          .filter(([, value]) => value !== null && value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className={typeof value === 'string' ? 'text' : undefined}>{value}</dd>
            </div>
          ))}
      </dl>
    </Box>
  )
}
