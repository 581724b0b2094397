import { Anchor, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Faults } from '../forms/fault-at.ts'
import { AuthFields, authPaths } from './auth-fields.tsx'
import { CommandField } from './command-field.tsx'
import { SecretFields } from './secret-fields.tsx'
import { isPatched, type SecretDraft, type ServerDraft, sentSecrets, type Transport } from './server-draft.ts'

interface ConfigFieldsProps {
  readonly draft: ServerDraft
  readonly change: (part: Partial<ServerDraft>) => void
  readonly faults: Faults
  readonly isStdioAllowed: boolean
}

const transports: readonly { readonly value: Transport; readonly label: string }[] = [
  { value: 'stdio', label: 'Command' },
  { value: 'streamableHttp', label: 'HTTP' },
  { value: 'sse', label: 'SSE' },
]

/** Paths that the API's errors use. Secrets are at `env` on create and at `setEnv` on update. */
export const configPaths = (transport: Transport): readonly string[] => {
  const at = `config.${transport}`
  const numbers = Array.from({ length: 100 }, (_, index) => index)
  const of = (name: string) => [...numbers.map((index) => `${at}.${name}.${index}`), `${at}.${name}`]
  return transport === 'stdio'
    ? [`${at}.command`, `${at}.args`, `${at}.cwd`, ...of('env'), ...of('setEnv')]
    : [`${at}.serverUrl`, ...authPaths.map((path) => `${at}.${path}`), ...of('customHeaders'), ...of('setHeaders')]
}

/** Finds a secret's error by its index among the secrets sent, under each path it may be sent at. */
const secretErrors =
  ({ draft, faults }: ConfigFieldsProps, secrets: readonly SecretDraft[], paths: readonly string[]) =>
  (secret: SecretDraft): string | undefined => {
    const index = sentSecrets(draft, secrets).indexOf(secret)
    return paths.map((path) => faults.at(`${path}.${index}`)).find((error) => error !== undefined)
  }

interface StdioFieldsProps extends ConfigFieldsProps {
  readonly onAddress: (address: string) => void
}

function StdioFields(props: StdioFieldsProps) {
  const { draft, change, faults, isStdioAllowed, onAddress } = props
  const at = 'config.stdio'
  return (
    <>
      {!isStdioAllowed && (
        <Text size="sm" className="warning">
          This toolyard runs no commands. Its operator can allow some with TOOLYARD_STDIO.
        </Text>
      )}
      <CommandField draft={draft} change={change} onAddress={onAddress} error={faults.at(`${at}.command`)} />
      <Textarea
        label="Args"
        description="One per line"
        placeholder={'-y\n@modelcontextprotocol/server-everything'}
        value={draft.args}
        onChange={({ currentTarget }) => change({ args: currentTarget.value })}
        error={faults.at(`${at}.args`)}
        autosize
        minRows={2}
        maxRows={12}
        classNames={{ input: 'mono' }}
        spellCheck={false}
      />
      <TextInput
        label="Folder"
        description="Working directory (default: toolyard's own)"
        value={draft.cwd}
        onChange={({ currentTarget }) => change({ cwd: currentTarget.value })}
        error={faults.at(`${at}.cwd`)}
        spellCheck={false}
      />
      <SecretFields
        legend="Environment"
        kind="variable"
        secrets={draft.env}
        onChange={(env) => change({ env })}
        errorAt={secretErrors(props, draft.env, [`${at}.env`, `${at}.setEnv`])}
        areKept={isPatched(draft)}
      />
    </>
  )
}

interface HttpFieldsProps extends ConfigFieldsProps {
  /** Whether the user typed the URL into the Command field, which this one has replaced. */
  readonly takesFocus: boolean
}

function HttpFields(props: HttpFieldsProps) {
  const { draft, change, faults, takesFocus } = props
  const at = `config.${draft.transport}`
  return (
    <>
      <TextInput
        label="URL"
        type="url"
        placeholder="https://mcp.example.com/mcp"
        required
        value={draft.serverUrl}
        onChange={({ currentTarget }) => change({ serverUrl: currentTarget.value })}
        error={faults.at(`${at}.serverUrl`)}
        data-field="serverUrl"
        autoFocus={takesFocus}
        spellCheck={false}
      />
      <AuthFields
        auth={draft.auth}
        change={(part) => change({ auth: { ...draft.auth, ...part } })}
        at={at}
        faults={faults}
        isPatched={isPatched(draft)}
      />
      <SecretFields
        legend="Headers"
        kind="header"
        secrets={draft.headers}
        onChange={(headers) => change({ headers })}
        errorAt={secretErrors(props, draft.headers, [`${at}.customHeaders`, `${at}.setHeaders`])}
        areKept={isPatched(draft)}
      />
    </>
  )
}

export function ConfigFields(props: ConfigFieldsProps) {
  const { draft, change } = props
  /** What was entered as a command, and is an address. */
  const [moved, setMoved] = useState<string>()
  const onAddress = (address: string) => {
    setMoved(address)
    change({ transport: 'streamableHttp', serverUrl: address, command: '' })
  }
  const undo = () => {
    setMoved(undefined)
    change({ transport: 'stdio', serverUrl: '', command: moved ?? '' })
  }
  return (
    <Stack gap="md">
      <div>
        <Text size="sm" fw={600} mb="var(--space-2)" id="transport">
          Transport
        </Text>
        <SegmentedControl
          aria-labelledby="transport"
          data={[...transports]}
          value={draft.transport}
          onChange={(value) => {
            setMoved(undefined)
            change({ transport: transports.find((each) => each.value === value)?.value ?? 'stdio' })
          }}
        />
        {moved !== undefined && (
          <Text size="xs" className="quiet" role="status" mt="var(--space-2)">
            HTTP, as an address was entered.{' '}
            <Anchor component="button" type="button" size="xs" onClick={undo}>
              Undo
            </Anchor>
          </Text>
        )}
      </div>
      {draft.transport === 'stdio' ? (
        <StdioFields {...props} onAddress={onAddress} />
      ) : (
        <HttpFields {...props} takesFocus={moved !== undefined} />
      )}
    </Stack>
  )
}
