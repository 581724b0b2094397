import { describe, expect, it } from 'vitest'
import { isRegistryError } from '../../base/errors.ts'
import { parseCreateInput } from '../../servers/input.ts'
import { toDocumentPath } from '../import/document-path.ts'
import { fillServer } from '../import/fill.ts'
import type { ClientFormatName } from './client-format.ts'
import { formats, readText } from './formats.ts'

const given = { ID: 'me', SECRET: { env: 'OAUTH_SECRET' } } as const

/** The first entry of a text, with its variables filled in. */
function filled(format: ClientFormatName, text: string) {
  const { document } = readText(text, format)
  const [entry] = formats[format].read(document).entries
  if (!entry) throw new Error('It has one')
  const found = entry.read()
  const { config, ignored } = fillServer(found, { given, fallbackOf: () => null })
  return { config, ignored, found, entry }
}

const json = (block: object, more: object = {}) =>
  JSON.stringify({ mcpServers: { a: { url: 'https://a.example/mcp', ...block, ...more } } })

describe('the OAuth block of a client', () => {
  it.each([
    [
      'Claude Code',
      'MCP_SERVERS_JSON',
      json({ type: 'http', oauth: { clientId: `\${ID}`, callbackPort: 8080, scopes: 'a  b' } }),
      { clientId: 'me', scopes: ['a', 'b'] },
      ['oauth.callbackPort'],
    ],
    [
      'Cursor',
      'MCP_SERVERS_JSON',
      json({ auth: { CLIENT_ID: `\${env:ID}`, CLIENT_SECRET: `\${env:SECRET}`, scopes: ['a'] } }),
      { clientId: 'me', clientSecret: { env: 'OAUTH_SECRET' }, scopes: ['a'] },
      [],
    ],
    ['a client that registers itself', 'MCP_SERVERS_JSON', json({ oauth: {} }), { clientId: null, scopes: null }, []],
    [
      'VS Code',
      'VSCODE_JSON',
      JSON.stringify({ servers: { a: { type: 'http', url: 'https://a.example/mcp', oauth: { clientId: 'me' } } } }),
      { clientId: 'me', clientSecret: null },
      [],
    ],
    [
      'Gemini CLI',
      'GEMINI_JSON',
      json({
        oauth: {
          enabled: true,
          clientId: '$ID',
          clientSecret: '$SECRET',
          authorizationUrl: 'https://auth.example/authorize',
          tokenUrl: 'https://auth.example/token',
          issuer: 'https://auth.example',
          scopes: ['a', 'b'],
        },
      }),
      { clientId: 'me', clientSecret: { env: 'OAUTH_SECRET' }, issuer: 'https://auth.example', scopes: ['a', 'b'] },
      ['oauth.authorizationUrl', 'oauth.tokenUrl'],
    ],
    [
      'Zed',
      'ZED_JSON',
      JSON.stringify({
        context_servers: {
          a: { url: 'https://a.example/mcp', oauth: { client_id: 'me', client_secret: `\${SECRET}` } },
        },
      }),
      { clientId: 'me', clientSecret: { env: 'OAUTH_SECRET' } },
      [],
    ],
    [
      'Codex',
      'CODEX_TOML',
      '[mcp_servers.a]\nurl = "https://a.example/mcp"\nscopes = ["a"]\noauth_resource = "x"\n[mcp_servers.a.oauth]\nclient_id = "me"\n',
      { clientId: 'me', scopes: ['a'] },
      ['oauth_resource'],
    ],
    [
      'Codex with scopes alone',
      'CODEX_TOML',
      '[mcp_servers.a]\nurl = "https://a.example/mcp"\nscopes = ["a"]\n',
      { clientId: null, scopes: ['a'] },
      [],
    ],
  ] as const)('of %s is read', (_, format, text, oauth, ignored) => {
    const read = filled(format, text)
    expect(read.config).toMatchObject({ auth: { oauth } })
    expect(read.ignored).toEqual(ignored)
    parseCreateInput({ name: 'a', config: read.config })
  })

  it.each([
    ['is off', json({ oauth: { enabled: false, clientId: 'me' } }), [], null],
    ['is no object', json({ oauth: true }), ['oauth'], null],
    ['is an auth of another client', json({ auth: { type: 'bearer' } }), ['auth'], null],
    [
      'stands beside a header with credentials',
      json({ oauth: { clientId: 'me' } }, { headers: { Authorization: 'Bearer x' } }),
      ['oauth'],
      { header: 'Authorization', token: 'Bearer x' },
    ],
  ])('that %s is not used', (_, text, ignored, auth) => {
    const read = filled('MCP_SERVERS_JSON', text)
    expect(read.config).toMatchObject({ auth })
    expect(read.ignored).toEqual(ignored)
  })

  it('of a command is ignored', () => {
    const text = JSON.stringify({ mcpServers: { a: { command: 'x', oauth: { clientId: 'me' } } } })
    expect(filled('MCP_SERVERS_JSON', text).ignored).toEqual(['oauth'])
  })

  it('says that its client has to allow another redirect URI', () => {
    const notes = (block: object) => filled('MCP_SERVERS_JSON', json({ oauth: block })).found.notes
    expect(notes({ clientId: 'me' })).toEqual([expect.stringContaining('redirect URI of toolyard')])
    expect(notes({})).toEqual([])
  })

  it.each([
    ['MCP_SERVERS_JSON', json({ oauth: { scopes: 'a"b' } }), 'mcpServers.a.oauth.scopes.0'],
    ['MCP_SERVERS_JSON', json({ auth: { CLIENT_ID: '' } }), 'mcpServers.a.auth.CLIENT_ID'],
    ['CODEX_TOML', '[mcp_servers.a]\nurl = "https://a/mcp"\nscopes = ["a b"]\n', 'mcp_servers.a.scopes.0'],
    [
      'CODEX_TOML',
      '[mcp_servers.a]\nurl = "https://a/mcp"\noauth = { client_id = "" }\n',
      'mcp_servers.a.oauth.client_id',
    ],
  ] as const)('of %s has errors at their places in the file', (format, text, path) => {
    const { config, found, entry } = filled(format, text)
    const refused = () => {
      try {
        parseCreateInput({ name: 'a', config })
      } catch (error) {
        throw isRegistryError(error) ? toDocumentPath(error, entry.path, found.names) : error
      }
    }
    expect(refused).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', path: path.split('.') }))
  })
})
