import { Group, Text, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { SecretInput } from '../forms/secret-input.tsx'
import { missingOf, useCallers } from './caller-drafts.tsx'

export interface CalledServer {
  readonly id: string
  readonly transport: 'STDIO' | 'STREAMABLE_HTTP' | 'SSE'
  readonly variables: readonly { readonly name: string; readonly required: boolean }[]
}

/** The fields for a server's template variables, and for the agent id if it is reached over HTTP. */
export function CallerFields({ server }: { readonly server: CalledServer }) {
  const { id, transport, variables } = server
  const { draftOf, change } = useCallers()
  const draft = draftOf(id)
  const missing = missingOf(draft, variables)
  const [hasAgent] = useState(draft.agentId !== '')
  const fields = useRef<HTMLFieldSetElement>(null)
  useEffect(() => {
    if (draft.isMissed !== 'NOW') return
    fields.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
    change(id, { isMissed: 'BEFORE' })
  }, [draft.isMissed, change, id])
  return (
    <>
      {variables.length > 0 && (
        <fieldset className="fields" ref={fields}>
          <legend>Variables of this server</legend>
          <Group gap="sm" align="flex-start">
            {variables.map(({ name, required }) => (
              <SecretInput
                key={name}
                label={<bdi>{name.slice(0, 100)}</bdi>}
                required={required}
                placeholder={required ? '' : 'default'}
                value={draft.variables[name] ?? ''}
                onChange={({ currentTarget: { value } }) =>
                  change(id, { variables: { ...draft.variables, [name]: value } })
                }
                error={missing.includes(name) ? 'This server requires a value' : undefined}
                flex="1 1 14rem"
              />
            ))}
          </Group>
          <Text size="xs" className="quiet" mt="xs">
            Sent with each refresh and run from this page. Never stored, and lost when you close or reload the page.
          </Text>
        </fieldset>
      )}
      {transport !== 'STDIO' && (
        <details open={hasAgent}>
          <summary className="quiet">Agent id</summary>
          <TextInput
            aria-label="Agent id"
            description="Sent to the server as X-Agent-Id, unless empty"
            value={draft.agentId}
            onChange={({ currentTarget: { value } }) => change(id, { agentId: value })}
            autoComplete="off"
            spellCheck={false}
            maw="22rem"
          />
        </details>
      )}
    </>
  )
}
