import type { VariableText } from './variable-text.ts'

/** The formats that are read and written, by the names of the contract; each is a file of this folder. */
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

/** What a client's file says of a variable beside its name. */
export interface DeclaredVariable {
  readonly description: string | null
  /** Undefined where the file does not say. */
  readonly isSecret: boolean | undefined
  /** What it is where nobody says otherwise. */
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
      /** Undetermined: the file has a URL, and does not say what is spoken there. */
      readonly transport: 'sse' | 'streamableHttp' | 'undetermined'
      readonly serverUrl: VariableText
      readonly headers: readonly FoundPair[]
      /** A header that the file itself calls the credentials. */
      readonly auth: { readonly header: string; readonly token: VariableText } | null
    }

/** A server as a client's file has it. */
export interface FoundServer {
  readonly config: FoundConfig
  readonly description: string | null
  /** Undefined where the file does not say. */
  readonly enabled: boolean | undefined
  readonly timeouts: { readonly connectMs?: number; readonly requestMs?: number }
  /** Members of the entry that have no counterpart here, by name. */
  readonly ignored: readonly string[]
  /** What was read otherwise than a reader of the file may expect, a sentence each. @default none */
  readonly notes?: readonly string[]
  /** What the file calls a member of ours, where that is another name: `serverUrl` is `url`. */
  readonly names: Readonly<Record<string, string>>
}

export interface FoundEntry {
  readonly name: string
  /** Where it stands in the document. */
  readonly path: readonly string[]
  /** INVALID_INPUT where the entry is at fault: one bad entry does not stop the others. */
  read(): FoundServer
}

export interface FoundDocument {
  readonly entries: readonly FoundEntry[]
  readonly variables: ReadonlyMap<string, DeclaredVariable>
}

/** A server as it is written: each secret is the name of a variable. */
export interface ExportedServer {
  readonly name: string
  readonly description: string | null
  readonly enabled: boolean
  readonly version: string
  /** Those that are not the registry's own. */
  readonly timeouts: { readonly connectMs?: number; readonly requestMs?: number }
  readonly config: ExportedConfig
}

/** `isEnv`: the registry itself reads it from the environment variable of that name. */
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
      /** `name` is the header. */
      readonly auth: ExportedSecret | null
    }

/** Members of a server that a format may have no place for. */
export type OptionalMember = 'description' | 'connectMs' | 'requestMs' | 'cwd' | 'enabled'

/** How a client keeps its MCP servers. */
export interface ClientFormat {
  readonly name: ClientFormatName
  /** How its files are told from others, as it reads in a message: "an object with mcpServers". */
  readonly sign: string
  readonly syntax: 'JSON' | 'TOML' | 'YAML'
  /** INVALID_INPUT where the document as a whole is not of this format. */
  read(document: unknown): FoundDocument
  readonly holds: ReadonlySet<OptionalMember>
  /** Below it a time-out of a request would be read as another one. @default 1 */
  readonly leastRequestMs?: number
  /** The variables of a text, as this client finds them. */
  readonly variablesIn: (text: string) => VariableText
  /** A variable of the environment has to be called as the variable of the server: the client cannot rename it. */
  readonly keepsEnvNames: boolean
  /** Why the server cannot be written at all; undefined where it can. */
  refusal(server: ExportedServer): string | undefined
  write(servers: readonly ExportedServer[]): string
}
