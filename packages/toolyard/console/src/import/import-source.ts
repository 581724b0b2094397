import type { ImportInput } from './import-documents.ts'

/** As JSON within a request, in bytes; of a longer text only what it says of servers is sent. */
const wholeBytes = 512 * 1024

/** A text as it is, so that faults are told by its lines; of a large one only its servers. Throws an error that says what is wrong with it. */
export async function importSource(text: string): Promise<ImportInput['source']> {
  if (new TextEncoder().encode(JSON.stringify(text)).length <= wholeBytes) return { text: { text } }
  const { onlyServers } = await import('@toolyard/core/only-servers')
  const only = onlyServers(text, 'AUTO')
  return 'json' in only ? { json: only.json } : { text: only }
}
