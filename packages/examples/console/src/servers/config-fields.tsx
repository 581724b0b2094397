import { Button, Group, PasswordInput, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core'
import type { Faults } from '../forms/fault-at.ts'
import { SecretFields } from './secret-fields.tsx'
import type { ServerDraft, Transport } from './server-draft.ts'

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

/** Where the API says that a field is at fault; secrets are at `env` when created and at `setEnv` when changed. */
export const configPaths = (transport: Transport): readonly string[] => {
  const at = `config.${transport}`
  const numbers = Array.from({ length: 100 }, (_, index) => index)
  const of = (name: string) => [...numbers.map((index) => `${at}.${name}.${index}`), `${at}.${name}`]
  return transport === 'stdio'
    ? [`${at}.command`, `${at}.args`, `${at}.cwd`, ...of('env'), ...of('setEnv')]
    : [`${at}.serverUrl`, `${at}.auth`, ...of('customHeaders'), ...of('setHeaders')]
}

function StdioFields({ draft, change, faults, isStdioAllowed }: ConfigFieldsProps) {
  const at = 'config.stdio'
  return (
    <>
      {!isStdioAllowed && (
        <Text size="sm" c="orange">
          This toolyard runs no commands. Whoever operates it may allow some with TOOLYARD_STDIO.
        </Text>
      )}
      <TextInput
        label="Command"
        placeholder="npx"
        required
        value={draft.command}
        onChange={({ currentTarget }) => change({ command: currentTarget.value })}
        error={faults.at(`${at}.command`)}
        spellCheck={false}
      />
      <Textarea
        label="Args"
        description="One a line"
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
        description="Where it runs; empty: where toolyard does"
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
        errorAt={(index) => faults.at(`${at}.env.${index}`) ?? faults.at(`${at}.setEnv.${index}`)}
      />
    </>
  )
}

function TokenField({ draft, change, faults }: ConfigFieldsProps) {
  const isKept = draft.isTokenStored && !draft.isTokenRemoved
  return (
    <Group gap="xs" align="flex-start">
      <TextInput
        label="Header"
        value={draft.authHeader}
        onChange={({ currentTarget }) => change({ authHeader: currentTarget.value })}
        flex="1 1 9rem"
      />
      <PasswordInput
        label="Token"
        placeholder={isKept ? 'stays as it is' : 'none'}
        value={draft.token}
        onChange={({ currentTarget }) => change({ token: currentTarget.value, isTokenRemoved: false })}
        error={faults.at(`config.${draft.transport}.auth`)}
        autoComplete="off"
        flex="2 1 14rem"
      />
      {isKept && (
        <Button variant="default" mt={24} onClick={() => change({ token: '', isTokenRemoved: true })}>
          Remove the token
        </Button>
      )}
    </Group>
  )
}

function HttpFields(props: ConfigFieldsProps) {
  const { draft, change, faults } = props
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
        spellCheck={false}
      />
      <TokenField {...props} />
      <SecretFields
        legend="Headers"
        kind="header"
        secrets={draft.headers}
        onChange={(headers) => change({ headers })}
        errorAt={(index) => faults.at(`${at}.customHeaders.${index}`) ?? faults.at(`${at}.setHeaders.${index}`)}
      />
    </>
  )
}

export function ConfigFields(props: ConfigFieldsProps) {
  const { draft, change } = props
  return (
    <Stack gap="md">
      <div>
        <Text size="sm" fw={600} mb={4} id="transport">
          Reached by
        </Text>
        <SegmentedControl
          aria-labelledby="transport"
          data={[...transports]}
          value={draft.transport}
          onChange={(value) => change({ transport: transports.find((each) => each.value === value)?.value ?? 'stdio' })}
        />
      </div>
      {draft.transport === 'stdio' ? <StdioFields {...props} /> : <HttpFields {...props} />}
    </Stack>
  )
}
