import type { ServerId, TenantId } from '../../base/ids.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlValue } from './statement.ts'

/** Portions from which it is worth to process them one by one. */
const leastPortions = 10

/** A condition that a portion of the tools of a server meets for each row of parameters. */
export interface ToolPortions {
  readonly condition: string
  readonly rows: readonly (readonly SqlValue[])[]
}

interface FeatureBound {
  readonly kind: string
  readonly identifier_hash: string
}

/** As `toolPortions`, of the resources, templates and prompts of a server. */
export async function featurePortions(
  { all, dialect }: Pick<SqlConnection, 'all' | 'dialect'>,
  tenantId: TenantId,
  serverId: ServerId,
): Promise<ToolPortions | undefined> {
  if (!dialect.featurePortions) return undefined
  const ends = await all<FeatureBound>(dialect.featurePortions, [tenantId, serverId])
  if (ends.length <= leastPortions) return undefined
  const place = '(features.kind, features.identifier_hash)'
  return {
    // In the order of an index. What was added since goes with the server.
    condition: `features.tenant = ? and features.server_id = ? and ${place} > (?, ?) and ${place} <= (?, ?)`,
    rows: ends.map(({ kind, identifier_hash }, index) => {
      const before = ends[index - 1] ?? { kind: '', identifier_hash: '' }
      return [tenantId, serverId, before.kind, before.identifier_hash, kind, identifier_hash]
    }),
  }
}

/** The tools of a server in portions, each small enough for one piece of work; undefined if all tools are. */
export async function toolPortions(
  { all, dialect }: Pick<SqlConnection, 'all' | 'dialect'>,
  tenantId: TenantId,
  serverId: ServerId,
): Promise<ToolPortions | undefined> {
  if (!dialect.portions) return undefined
  const ends = await all<{ last: number }>(dialect.portions, [tenantId, serverId])
  if (ends.length <= leastPortions) return undefined
  // Tools that were added since come after the last one.
  const bounds = [-1, ...ends.slice(0, -1).map(({ last }) => last), Number.MAX_SAFE_INTEGER]
  return {
    condition: 'tools.tenant = ? and tools.server_id = ? and tools.doc > ? and tools.doc <= ?',
    rows: bounds.slice(1).map((bound, index) => [tenantId, serverId, bounds[index] ?? -1, bound]),
  }
}
