import { Alert, Button, Group, Stack, TagsInput, Text, TextInput } from '@mantine/core'
import type { Faults } from '../forms/fault-at.ts'
import type { AuthDraft } from './auth-draft.ts'
import { OAuthAdvancedFields } from './oauth-advanced-fields.tsx'
import type { OAuthDraft } from './oauth-draft.ts'
import { SecretValueField } from './secret-value-field.tsx'

export interface OAuthFieldsProps {
  readonly oauth: OAuthDraft
  readonly change: (part: Partial<OAuthDraft>) => void
  /** Path of `auth.oauth` in the API's errors. */
  readonly at: string
  readonly faults: Faults
}

function MainFields({ oauth, change, at, faults }: OAuthFieldsProps) {
  const isClientNeeded = oauth.grant === 'CLIENT_CREDENTIALS' || oauth.grant === 'ENTERPRISE_MANAGED'
  return (
    <>
      <Group gap="md" align="flex-start" className="secret-row">
        <TextInput
          label="Client id"
          placeholder={isClientNeeded ? '' : 'none: registers itself'}
          required={isClientNeeded}
          value={oauth.clientId}
          onChange={({ currentTarget }) => change({ clientId: currentTarget.value })}
          error={faults.at(`${at}.clientId`)}
          autoComplete="off"
          spellCheck={false}
          flex="1 1 12rem"
        />
        <SecretValueField
          label="Client secret"
          placeholder="none"
          value={oauth.clientSecret}
          onChange={(clientSecret) => change({ clientSecret })}
          error={faults.at(`${at}.clientSecret`)}
        />
      </Group>
      <TagsInput
        label="Scopes"
        description="Press Enter after each. Empty: the scopes that the server names"
        value={[...oauth.scopes]}
        onChange={(scopes) =>
          change({ scopes: scopes.flatMap((each) => each.split(/\s+/)).filter((each) => each !== '') })
        }
        error={faults.at(`${at}.scopes`)}
        splitChars={[' ']}
      />
    </>
  )
}

const grantNotes: Readonly<Record<OAuthDraft['grant'], string>> = {
  AUTHORIZATION_CODE:
    'After you save the server, connect it on its page: you consent at its authorization server. Most servers need none of these fields.',
  CLIENT_CREDENTIALS: 'toolyard gets its tokens by itself, as this client..',
  JWT_BEARER: 'toolyard exchanges the assertion for tokens by itself.',
  ENTERPRISE_MANAGED: "toolyard exchanges the identity provider's ID token for tokens by itself.",
}

interface OAuthSectionProps {
  readonly auth: AuthDraft
  readonly change: (part: Partial<AuthDraft>) => void
  readonly at: string
  readonly faults: Faults
  /** Whether the stored settings stay. */
  readonly isKept: boolean
  /** Whether the user may return to the stored settings. */
  readonly mayKeep: boolean
}

/** OAuth of a server. The API does not return its stored settings, so they are kept, or all replaced. */
export function OAuthSection({ auth, change, at, faults, isKept, mayKeep }: OAuthSectionProps) {
  if (isKept) {
    return (
      <Group gap="sm" justify="space-between" className="block">
        <Text size="sm" flex="1 1 16rem">
          The stored settings of OAuth are kept. toolyard does not show them.
        </Text>
        <Button size="compact-sm" variant="default" onClick={() => change({ isOAuthReplaced: true })}>
          Replace settings
        </Button>
      </Group>
    )
  }
  const isStored = auth.stored?.kind === 'oauth'
  return (
    <fieldset className="fields">
      <legend>OAuth</legend>
      <Stack gap="md">
        {isStored && (
          <Alert color="orange" variant="light" p="xs">
            <Group gap="sm" justify="space-between">
              <Text size="sm" flex="1 1 16rem">
                These fields replace all stored settings of OAuth. Enter secrets and scopes again.
              </Text>
              {mayKeep && (
                <Button size="compact-sm" variant="default" onClick={() => change({ isOAuthReplaced: false })}>
                  Keep stored settings
                </Button>
              )}
            </Group>
          </Alert>
        )}
        <Text size="sm" className="quiet">
          {grantNotes[auth.oauth.grant]}
        </Text>
        <MainFields
          oauth={auth.oauth}
          change={(part) => change({ oauth: { ...auth.oauth, ...part } })}
          at={at}
          faults={faults}
        />
        <OAuthAdvancedFields
          oauth={auth.oauth}
          change={(part) => change({ oauth: { ...auth.oauth, ...part } })}
          at={at}
          faults={faults}
        />
      </Stack>
    </fieldset>
  )
}
