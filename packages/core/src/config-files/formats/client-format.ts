import type { OAuthWith } from '../../model/oauth-secrets.ts'
import type { VariableText } from './variable-text.ts'

/** The formats that are read and written; each is a file of this folder. */
export type ClientFormatName =
  | 'MCP_SERVERS_JSON'
  | 'VSCODE_JSON'
  | 'ZED_JSON'
  | 'CODEX_TOML'
  | 'GEMINI_JSON'
  | 'SERVER_JSON'
  | 'LETTA_JSON'
  | 'CONTINUE_YAML'
  | 'GOOSE_YAML'

/** A variable that a client's file declares. */
export interface DeclaredVariable {
  readonly description: string | null
  /** Undefined if the file does not say. */
  readonly isSecret: boolean | undefined
  /** The value if the caller gives none. */
  readonly fallback: string | null
}

/** A text that is left out unless the variable `onlyWith` is given. */
export interface FoundText {
  readonly value: VariableText
  readonly onlyWith?: string
}

export interface FoundPair extends FoundText {
  readonly name: string
}

export type FoundConfig =
  | {
      readonly transport: 'stdio'
      readonly command: VariableText
      readonly args: readonly FoundText[]
      readonly env: readonly FoundPair[]
      readonly cwd: VariableText | null
    }
  | {
      /** Undetermined if the file has a URL without a transport. */
      readonly transport: 'sse' | 'streamableHttp' | 'undetermined'
      readonly serverUrl: VariableText
      readonly headers: readonly FoundPair[]
      /** The header that the file declares as credentials. */
      readonly auth: { readonly header: string; readonly token: VariableText } | null
      readonly oauth?: FoundOAuth | undefined
    }

/** OAuth, as a client's file configures it. */
export interface FoundOAuth {
  readonly grant: string | undefined
  readonly clientId: VariableText | null
  readonly clientSecret: VariableText | null
  readonly privateKey: VariableText | null
  readonly signingAlgorithm: string | null
  readonly scopes: readonly VariableText[] | null
  readonly issuer: VariableText | null
  readonly assertion: VariableText | null
  readonly idp: {
    readonly issuer: VariableText | null
    readonly tokenEndpoint: VariableText | null
    readonly clientId: VariableText | null
    readonly clientSecret: VariableText | null
    readonly idToken: VariableText | null
  } | null
  readonly dpop: boolean
}

/** A server, as a client's file configures it. */
export interface FoundServer {
  readonly config: FoundConfig
  readonly description: string | null
  /** Undefined if the file does not say. */
  readonly enabled: boolean | undefined
  readonly timeouts: { readonly connectMs?: number; readonly requestMs?: number }
  /** Names of members that have no counterpart here. */
  readonly ignored: readonly string[]
  /** Sentences on values that were read in a way that users may not expect. @default none */
  readonly notes?: readonly string[]
  /** The file's names of our members, if they differ: `serverUrl` is `url`. */
  readonly names: Readonly<Record<string, string>>
}

export interface FoundEntry {
  readonly name: string
  /** The place in the document. */
  readonly path: readonly string[]
  /**
   * Reads the entry. An entry that fails does not stop the rest.
   *
   * @throws INVALID_INPUT
   */
  read(): FoundServer
}

export interface FoundDocument {
  readonly entries: readonly FoundEntry[]
  readonly variables: ReadonlyMap<string, DeclaredVariable>
}

/** A server to write, with the names of variables in place of its secrets. */
export interface ExportedServer {
  readonly name: string
  readonly description: string | null
  readonly enabled: boolean
  readonly version: string
  /** The timeouts that differ from the registry's own. */
  readonly timeouts: { readonly connectMs?: number; readonly requestMs?: number }
  readonly config: ExportedConfig
}

/** `isEnv` if the registry reads the secret from the environment variable of that name. */
export interface ExportedSecret {
  readonly name: string
  readonly variable: string
  readonly isEnv: boolean
}

export type ExportedConfig =
  | {
      readonly transport: 'stdio'
      readonly command: string
      readonly args: readonly VariableText[]
      readonly env: readonly ExportedSecret[]
      readonly cwd: string | null
    }
  | {
      readonly transport: 'sse' | 'streamableHttp'
      readonly serverUrl: string
      readonly headers: readonly ExportedSecret[]
      /** The credentials; `name` is the header. */
      readonly auth: ExportedSecret | null
      /** The part of OAuth that the format can say. */
      readonly oauth: OAuthWith<ExportedSecret> | null
    }

/** Members of a server that a format may have no place for. */
export type OptionalMember = 'description' | 'connectMs' | 'requestMs' | 'cwd' | 'enabled'

export type OAuthMember =
  | 'grant'
  | 'clientId'
  | 'clientSecret'
  | 'privateKey'
  | 'signingAlgorithm'
  | 'scopes'
  | 'issuer'
  | 'assertion'
  | 'idp'
  | 'dpop'

/** The configuration format of an MCP client. */
export interface ClientFormat {
  readonly name: ClientFormatName
  /** The mark of its files, for messages: "mcpServers". */
  readonly sign: string
  readonly syntax: 'JSON' | 'TOML' | 'YAML'
  /** @throws INVALID_INPUT for a document of another format */
  read(document: unknown): FoundDocument
  readonly holds: ReadonlySet<OptionalMember>
  /** What it can say of OAuth. @default nothing: its client finds out from the server, or has no OAuth */
  readonly oauth?: { readonly members: ReadonlySet<OAuthMember>; readonly needsClientId: boolean }
  /** Shortest request timeout in ms that the client reads as such. @default 1 */
  readonly leastRequestMs?: number
  /** The variables of a text, as this client finds them. */
  readonly variablesIn: (text: string) => VariableText
  /** Whether the client passes environment variables on under their own names alone. */
  readonly keepsEnvNames: boolean
  /** Why the format cannot hold the server; undefined if it can. */
  refusal(server: ExportedServer): string | undefined
  write(servers: readonly ExportedServer[]): string
}
