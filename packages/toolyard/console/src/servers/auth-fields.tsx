import { Group, SegmentedControl, Text, TextInput } from '@mantine/core'
import type { Faults } from '../forms/fault-at.ts'
import { type AuthDraft, type AuthKind, isOAuthKept } from './auth-draft.ts'
import { oauthAdvancedPaths, oauthMainPaths } from './oauth-draft.ts'
import { OAuthSection } from './oauth-fields.tsx'
import { SecretValueField } from './secret-value-field.tsx'

const kinds: readonly { readonly value: AuthKind; readonly label: string }[] = [
  { value: 'none', label: 'None' },
  { value: 'header', label: 'Header' },
  { value: 'oauth', label: 'OAuth' },
]

/** Paths within the configuration that the API's errors use. */
export const authPaths: readonly string[] = [
  'auth',
  'auth.header.header',
  'auth.header.token',
  ...[...oauthMainPaths, ...oauthAdvancedPaths].map((path) => `auth.oauth.${path}`),
]

interface AuthFieldsProps {
  readonly auth: AuthDraft
  readonly change: (part: Partial<AuthDraft>) => void
  /** Path of the configuration in the API's errors. */
  readonly at: string
  readonly faults: Faults
  /** Whether unchanged parts of the stored configuration are kept. */
  readonly isPatched: boolean
}

function HeaderFields({ auth, change, at, faults, isPatched }: AuthFieldsProps) {
  const stored = auth.stored?.kind === 'header' ? auth.stored : undefined
  return (
    <Group gap="md" align="flex-start" className="secret-row">
      <TextInput
        label="Header"
        error={faults.at(`${at}.auth.header.header`)}
        value={auth.header}
        onChange={({ currentTarget }) => change({ header: currentTarget.value })}
        spellCheck={false}
        flex="1 1 9rem"
      />
      <SecretValueField
        label="Token"
        field="token"
        placeholder={stored?.token.from !== 'literal' ? '' : isPatched ? 'unchanged' : 'enter again'}
        value={auth.token}
        stored={stored?.token}
        onChange={(token) => change({ token })}
        error={faults.at(`${at}.auth.header.token`)}
      />
    </Group>
  )
}

/** How the server authenticates toolyard: not at all, by a header, or by OAuth. */
export function AuthFields(props: AuthFieldsProps) {
  const { auth, change, at, faults, isPatched } = props
  const error = faults.at(`${at}.auth`)
  return (
    <>
      <div>
        <Text size="sm" fw={600} mb="var(--space-2)" id="authentication">
          Authentication
        </Text>
        <SegmentedControl
          aria-labelledby="authentication"
          data={[...kinds]}
          value={auth.kind}
          onChange={(value) => change({ kind: kinds.find((each) => each.value === value)?.value ?? 'none' })}
        />
        {error !== undefined && (
          <Text size="xs" className="danger" role="alert" mt="var(--space-2)">
            {error}
          </Text>
        )}
      </div>
      {auth.kind === 'header' && <HeaderFields {...props} />}
      {auth.kind === 'oauth' && (
        <OAuthSection
          auth={auth}
          change={change}
          at={`${at}.auth.oauth`}
          faults={faults}
          isKept={isOAuthKept(auth, isPatched)}
          mayKeep={isPatched}
        />
      )}
    </>
  )
}
