import type { GraphQLSchema } from 'graphql'
import { assertRootScopes } from '../access/root-scopes.ts'
import { builder } from './builder.ts'
import './scalars.ts'
import './node.ts'
import './servers.ts'
import './server-mutations.ts'
import './auth-mutations.ts'
import './auth-check.ts'
import './refresh-mutations.ts'
import './import-export.ts'
import './tools.ts'
import './tool-mutations.ts'
import './jobs.ts'
import './refresh-preview.ts'
import './refreshes.ts'
import './runs.ts'
import './feed.ts'
import './registry-info.ts'
import './rate-limit.ts'
import './audit.ts'
import { chargeRefusals } from './charge-refusals.ts'

/** The executable schema. Its resolvers take the context of `createContext`. */
export const schema: GraphQLSchema = builder.toSchema()
assertRootScopes(schema)
chargeRefusals(schema)
