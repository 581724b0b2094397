import { invalidInput, RegistryError } from '../../base/errors.ts'
import { isJsonObject } from '../../base/json.ts'
import type { ClientFormat, ClientFormatName } from './client-format.ts'
import { codexToml } from './codex-toml.ts'
import { continueYaml } from './continue-yaml.ts'
import { geminiJson } from './gemini-json.ts'
import { gooseYaml } from './goose-yaml.ts'
import { parseJsonDocument } from './json-document.ts'
import { lettaJson } from './letta-json.ts'
import { mcpServersJson } from './mcp-servers-json.ts'
import { serverJson } from './server-json.ts'
import { parseTomlDocument } from './toml-document.ts'
import { vscodeJson } from './vscode-json.ts'
import { parseYamlDocument } from './yaml-document.ts'
import { zedJson } from './zed-json.ts'

export const formats: Readonly<Record<ClientFormatName, ClientFormat>> = {
  MCP_SERVERS_JSON: mcpServersJson,
  VSCODE_JSON: vscodeJson,
  ZED_JSON: zedJson,
  CODEX_TOML: codexToml,
  GEMINI_JSON: geminiJson,
  SERVER_JSON: serverJson,
  LETTA_JSON: lettaJson,
  CONTINUE_YAML: continueYaml,
  GOOSE_YAML: gooseYaml,
}

/** Members that only entries of Gemini CLI have. */
const geminiMembers = ['httpUrl', 'trust', 'includeTools', 'excludeTools', 'authProviderType']
/** A variable without braces, which only Gemini CLI fills in; in lower case, it may be a password. */
const geminiVariable = /^(?:Bearer )?\$[A-Z_][A-Z0-9_]*$/

function hasGeminiVariable(value: unknown): boolean {
  if (typeof value === 'string') return geminiVariable.test(value)
  return (
    isJsonObject(value) && Object.values(value).some((each) => typeof each === 'string' && geminiVariable.test(each))
  )
}

function isGemini(servers: unknown): boolean {
  if (!isJsonObject(servers)) return false
  return Object.values(servers).some(
    (entry) =>
      isJsonObject(entry) &&
      (geminiMembers.some((member) => Object.hasOwn(entry, member)) ||
        hasGeminiVariable(entry.env) ||
        hasGeminiVariable(entry.headers)),
  )
}

function isServerJson(value: unknown): boolean {
  if (!isJsonObject(value)) return false
  if (isJsonObject(value.server)) return isServerJson(value.server)
  return typeof value.name === 'string' && (Array.isArray(value.packages) || Array.isArray(value.remotes))
}

function isLetta(value: unknown): boolean {
  return isJsonObject(value) && typeof value.server_name === 'string'
}

/** The format of a document by its members; undefined if nothing identifies it. */
function formatOf(document: unknown): ClientFormatName | undefined {
  if (Array.isArray(document)) {
    if (document.some(isLetta)) return 'LETTA_JSON'
    return document.some(isServerJson) ? 'SERVER_JSON' : undefined
  }
  if (!isJsonObject(document)) return undefined
  const has = (key: string) => Object.hasOwn(document, key)
  if (has('context_servers')) return 'ZED_JSON'
  if (Array.isArray(document.mcpServers)) return 'CONTINUE_YAML'
  if (isJsonObject(document.extensions)) return 'GOOSE_YAML'
  if (has('mcpServers')) return isGemini(document.mcpServers) ? 'GEMINI_JSON' : 'MCP_SERVERS_JSON'
  if (has('mcp_servers')) return 'CODEX_TOML'
  if (isLetta(document)) return 'LETTA_JSON'
  if (isServerJson(document)) return 'SERVER_JSON'
  if (Array.isArray(document.servers)) return document.servers.some(isServerJson) ? 'SERVER_JSON' : undefined
  if (isJsonObject(document.servers)) return 'VSCODE_JSON'
  if (isJsonObject(document.mcp) && isJsonObject(document.mcp.servers)) return 'VSCODE_JSON'
  const values = Object.values(document)
  return values.length > 0 && values.every(isLetta) ? 'LETTA_JSON' : undefined
}

const lookedFor = Object.values(formats)
  .map(({ name, sign }) => `${sign} (${name})`)
  .join(', ')

/** @throws INVALID_INPUT that names the marks of all formats */
export function detectFormat(document: unknown, path: readonly string[]): ClientFormatName {
  const format = formatOf(document)
  if (format) return format
  throw invalidInput(
    path,
    `The format was not recognised. Looked for: ${lookedFor}; name the format, or check the file`,
  )
}

const parsers = { JSON: parseJsonDocument, TOML: parseTomlDocument, YAML: parseYamlDocument }

/** Whether a text has a top-level name of clients' YAML files; in TOML, no colon follows a name. */
const isYaml = (text: string) => /^(?:mcpServers|extensions)[ \t]*:/m.test(text)

/** Whether a text begins as JSON does, and not as a table of TOML. */
function isJson(text: string): boolean {
  const start = text.replace(/^(?:\s|\/\/[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '')
  return /^\{/.test(start) || /^\[\s*(?:[{\]]|$)/.test(start)
}

/** Whether a text is JSON, and not YAML in brackets. */
function isWholeJson(text: string): boolean {
  if (!isJson(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

export interface ReadText {
  readonly document: unknown
  readonly format: ClientFormatName
}

const path = ['source', 'text']

/**
 * Detects the syntax of a text.
 *
 * @throws INVALID_INPUT
 */
function syntaxOf(text: string): ClientFormat['syntax'] {
  if (isJson(text)) return 'JSON'
  if (isYaml(text)) return 'YAML'
  // A syntax error of TOML would mislead for a text that shows no sign of it.
  if (/^\s*\[|=/m.test(text)) return 'TOML'
  throw invalidInput(path, `The format was not recognised. Looked for: ${lookedFor}`)
}

/**
 * Reads the text of a file.
 *
 * @throws INVALID_INPUT for broken text, with line and column, or for an unknown format
 * @throws LIMIT_EXCEEDED for more than `maxYaml` characters of YAML
 */
export function readText(
  whole: string,
  format: ClientFormatName | 'AUTO',
  maxYaml = Number.POSITIVE_INFINITY,
): ReadText {
  const text = whole.startsWith('\ufeff') ? whole.slice(1) : whole
  const named = format === 'AUTO' ? syntaxOf(text) : formats[format].syntax
  // JSON is YAML, too, and much faster to parse as JSON.
  const syntax = named === 'YAML' && isWholeJson(text) ? 'JSON' : named
  if (syntax === 'YAML' && text.length > maxYaml) {
    const message = `source.text: expected at most ${maxYaml} characters of YAML, got ${text.length}; give only the part with the servers, or JSON`
    throw new RegistryError('LIMIT_EXCEEDED', message, { path })
  }
  const document = parsers[syntax](text)
  return { document, format: format === 'AUTO' ? detectFormat(document, path) : format }
}
