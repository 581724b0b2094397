import { Checkbox, Group, Select, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type OAuthGrant, oauthAdvancedPaths } from './oauth-draft.ts'
import type { OAuthFieldsProps } from './oauth-fields.tsx'
import { SecretValueField } from './secret-value-field.tsx'

const grants: readonly { readonly value: OAuthGrant; readonly label: string }[] = [
  { value: 'AUTHORIZATION_CODE', label: 'Authorization code: you consent in the browser' },
  { value: 'CLIENT_CREDENTIALS', label: "Client credentials: the client's own access" },
  { value: 'JWT_BEARER', label: 'JWT bearer: an assertion is exchanged' },
  { value: 'ENTERPRISE_MANAGED', label: 'Enterprise-managed: by the identity provider' },
]
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

function IdpFields({ oauth, change, at, faults }: OAuthFieldsProps) {
  const texts = [
    ['idpIssuer', 'issuer', 'Issuer of the identity provider', 'https://login.example.com', true],
    ['idpTokenEndpoint', 'tokenEndpoint', 'Token endpoint of the identity provider', 'as its metadata says', false],
    ['idpClientId', 'clientId', 'Client id at the identity provider', '', true],
  ] as const
  return (
    <>
      {texts.map(([name, path, label, placeholder, required]) => (
        <TextInput
          key={name}
          label={label}
          placeholder={placeholder}
          required={required}
          value={oauth[name]}
          onChange={({ currentTarget }) => change({ [name]: currentTarget.value })}
          error={faults.at(`${at}.idp.${path}`)}
          autoComplete="off"
          spellCheck={false}
        />
      ))}
      <SecretValueField
        label="Client secret at the identity provider"
        placeholder="none"
        value={oauth.idpClientSecret}
        onChange={(idpClientSecret) => change({ idpClientSecret })}
        error={faults.at(`${at}.idp.clientSecret`)}
      />
      <SecretValueField
        label="ID token"
        required
        value={oauth.idToken}
        onChange={(idToken) => change({ idToken })}
        error={faults.at(`${at}.idp.idToken`)}
      />
    </>
  )
}

/** Fields of OAuth that most servers never need. Opens by itself if the API rejects one of them. */
export function OAuthAdvancedFields(props: OAuthFieldsProps) {
  const { oauth, change, at, faults } = props
  const [isOpen, setIsOpen] = useState(oauth.grant !== 'AUTHORIZATION_CODE')
  const isAtFault = oauthAdvancedPaths.some((path) => faults.at(`${at}.${path}`) !== undefined)
  return (
    <details open={isOpen || isAtFault} onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary>Advanced OAuth settings</summary>
      <Stack gap="md">
        <Select
          label="Grant"
          data={[...grants]}
          value={oauth.grant}
          allowDeselect={false}
          onChange={(value) =>
            change({ grant: grants.find((each) => each.value === value)?.value ?? 'AUTHORIZATION_CODE' })
          }
          error={faults.at(`${at}.grant`)}
        />
        <TextInput
          label="Issuer"
          description="Only this authorization server gets the client's credentials"
          placeholder="the one that the server names"
          value={oauth.issuer}
          onChange={({ currentTarget }) => change({ issuer: currentTarget.value })}
          error={faults.at(`${at}.issuer`)}
          autoComplete="off"
          spellCheck={false}
        />
        {oauth.grant === 'JWT_BEARER' && (
          <SecretValueField
            label="Assertion"
            required
            value={oauth.assertion}
            onChange={(assertion) => change({ assertion })}
            error={faults.at(`${at}.assertion`)}
          />
        )}
        {oauth.grant === 'ENTERPRISE_MANAGED' && <IdpFields {...props} />}
        <Group gap="md" align="flex-start" className="secret-row">
          <SecretValueField
            label="Private key"
            description="PEM, in place of a client secret (private_key_jwt)"
            placeholder="none"
            value={oauth.privateKey}
            onChange={(privateKey) => change({ privateKey })}
            error={faults.at(`${at}.privateKey`)}
            isLong
          />
          {oauth.privateKey.value !== '' && (
            <Select
              label="Signing algorithm"
              placeholder="by the key"
              data={algorithms}
              value={oauth.signingAlgorithm === '' ? null : oauth.signingAlgorithm}
              clearable
              onChange={(value) => change({ signingAlgorithm: value ?? '' })}
              error={faults.at(`${at}.signingAlgorithm`)}
              flex="1 1 10rem"
            />
          )}
        </Group>
        <Checkbox
          label="Bind tokens to a key of toolyard (DPoP)"
          checked={oauth.dpop}
          onChange={({ currentTarget }) => change({ dpop: currentTarget.checked })}
          error={faults.at(`${at}.dpop`)}
        />
      </Stack>
    </details>
  )
}
