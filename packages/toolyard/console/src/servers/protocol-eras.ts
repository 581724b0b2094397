export type ProtocolEra = 'AUTO' | 'LEGACY' | 'MODERN'

/** Which revisions of MCP may be spoken with a server. */
export const protocolEras: readonly { readonly value: ProtocolEra; readonly label: string }[] = [
  { value: 'AUTO', label: 'Latest revision that both support' },
  { value: 'LEGACY', label: 'Revisions with sessions, up to 2025-11-25' },
  { value: 'MODERN', label: 'Revisions without sessions, from 2026-07-28' },
]

/** What was agreed upon, with what sets it apart; undefined before the first connection. */
export function spokenRevision(version: string | null, era: 'LEGACY' | 'MODERN' | null): string | undefined {
  if (version === null) return undefined
  if (era === null) return `MCP ${version}`
  return `MCP ${version} (${era === 'LEGACY' ? 'with sessions' : 'without sessions'})`
}

/** The setting of a server, and what came of it. */
export function protocolText(
  policy: ProtocolEra,
  {
    protocolVersion,
    protocolEra,
  }: { readonly protocolVersion: string | null; readonly protocolEra: 'LEGACY' | 'MODERN' | null },
): string {
  const setting = protocolEras.find(({ value }) => value === policy)?.label ?? policy
  const spoken = spokenRevision(protocolVersion, protocolEra)
  return spoken === undefined ? setting : `${setting}: ${spoken}`
}
