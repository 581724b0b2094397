import type { Dispatcher } from 'undici'
import { invalidInput, RegistryError } from '../../base/errors.ts'
import { countValues, isDeeperThan } from '../../base/json.ts'
import type { ClientFormatName, FoundDocument } from '../formats/client-format.ts'
import { detectFormat, formats, readText } from '../formats/formats.ts'
import { maxDepth } from '../formats/json-document.ts'
import type { ParsedSource } from './input.ts'
import { readRegistryEntry } from './registry-entry.ts'

const maxTextBytes = 1024 * 1024
/** Longest YAML, in characters: parsing blocks the event loop for about 2 ms a KiB. */
const maxYaml = 32 * 1024
const maxValues = 200_000
const maxEntries = 1_000

export interface ReadSource {
  readonly format: ClientFormatName
  readonly found: FoundDocument
}

function readJson(document: unknown): { readonly document: unknown; readonly format: ClientFormatName } {
  const path = ['source', 'json']
  if (typeof document !== 'object' || document === null) {
    throw invalidInput(path, 'source.json: expected an object or a list; give a text as { text }')
  }
  if (isDeeperThan(document, maxDepth)) {
    throw invalidInput(path, `source.json: expected at most ${maxDepth} nested objects and lists`)
  }
  if (countValues(document, maxValues) > maxValues) {
    throw new RegistryError('LIMIT_EXCEEDED', `source.json: expected at most ${maxValues} values`, { path })
  }
  return { document, format: detectFormat(document, path) }
}

/**
 * Reads the document of a source.
 *
 * @throws INVALID_INPUT for broken text, with line and column, or for an unknown format
 * @throws LIMIT_EXCEEDED, and every code of `readRegistryEntry`
 */
export async function readSource(
  source: ParsedSource,
  dispatcher: () => Promise<Dispatcher>,
  signal: AbortSignal,
): Promise<ReadSource> {
  const { document, format } = await readDocument(source, dispatcher, signal)
  const found = formats[format].read(document)
  if (found.entries.length > maxEntries) {
    const message = `source: expected at most ${maxEntries} servers, got ${found.entries.length}`
    throw new RegistryError('LIMIT_EXCEEDED', message, { path: ['source'] })
  }
  return { format, found }
}

async function readDocument(source: ParsedSource, dispatcher: () => Promise<Dispatcher>, signal: AbortSignal) {
  if ('registry' in source) {
    const text = await readRegistryEntry(source.registry, dispatcher, signal)
    return readText(text, 'SERVER_JSON')
  }
  if (!('text' in source)) return readJson(source.json)
  if (Buffer.byteLength(source.text) > maxTextBytes) {
    const message = `source.text: expected at most ${maxTextBytes} bytes`
    throw new RegistryError('LIMIT_EXCEEDED', message, { path: ['source', 'text'] })
  }
  return readText(source.text, source.format, maxYaml)
}
