import type { ImportInput } from './import-documents.ts'

/** Limit for a text as JSON within a request, in bytes. Of a longer text, only the servers are sent. */
const wholeBytes = 512 * 1024

/** Returns the text unchanged, so that errors have its line numbers; of a large text only its servers. Throws if it cannot be parsed. */
export async function importSource(text: string): Promise<ImportInput['source']> {
  if (new TextEncoder().encode(JSON.stringify(text)).length <= wholeBytes) return { text: { text } }
  const { onlyServers } = await import('@toolyard/core/internal/only-servers')
  const only = onlyServers(text, 'AUTO')
  return 'json' in only ? { json: only.json } : { text: only }
}
