import type { ImportReport } from './import-documents.ts'

type Format = ImportReport['detectedFormat']

/** Each format, by the clients that are known for it. */
export const formatNames: Readonly<Record<Format, string>> = {
  AUTO: 'unknown format',
  MCP_SERVERS_JSON: 'Claude/Cursor format',
  VSCODE_JSON: 'VS Code format',
  ZED_JSON: 'Zed format',
  CODEX_TOML: 'Codex format',
  GEMINI_JSON: 'Gemini format',
  CONTINUE_YAML: 'Continue format',
  GOOSE_YAML: 'Goose format',
  SERVER_JSON: 'server.json format',
  LETTA_JSON: 'Letta format',
}

/** The formats that can be written. */
export const writtenFormats = (Object.keys(formatNames) as readonly Format[]).filter((format) => format !== 'AUTO')
