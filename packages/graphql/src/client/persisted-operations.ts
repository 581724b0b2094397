import { type Operation, textOf } from './operation.ts'

/** Returns the SHA-256 of the text in UTF-8, as `sha256:` and 64 hexadecimal digits. */
async function idOf(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `sha256:${Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/**
 * Makes a manifest of persisted operations: the texts by their ids, for `createHandler` and `toolyard serve
 * --persisted-operations`. Rejects with TypeError for a document without a text. It needs WebCrypto, which browsers
 * provide on secure origins.
 */
export async function persistedOperations(
  documents: Iterable<Operation<unknown, never>>,
): Promise<Readonly<Record<string, string>>> {
  const texts = Array.from(documents, textOf)
  return Object.fromEntries(await Promise.all(texts.map(async (text) => [await idOf(text), text] as const)))
}
