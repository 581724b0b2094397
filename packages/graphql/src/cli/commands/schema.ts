import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { DocumentDecoration } from 'gql.tada'
import {
  buildClientSchema,
  buildSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  introspectionFromSchema,
  printSchema,
} from 'graphql'
import { type ProgramProcess, type RegistryFlags, serverCommand } from '../command.ts'
import { exitCodes } from '../command-error.ts'

const full = { oneOf: true, specifiedByUrl: true, inputValueDeprecation: true, schemaDescription: true } as const

/** Not one of the API's own documents: of the types alone. */
const introspection = { text: getIntrospectionQuery(full) } as DocumentDecoration<IntrospectionQuery, object>

/** As it was printed when this version was made. */
async function ownSchema(): Promise<GraphQLSchema> {
  return buildSchema(await readFile(new URL('../../../schema.graphql', import.meta.url), 'utf8'))
}

export function addSchemaCommand(program: Command, process: ProgramProcess): void {
  serverCommand(
    program,
    process,
    {
      usage: 'schema',
      description: 'print the GraphQL schema; with --url that of the server, with --json as introspection',
    },
    async ({ client, signal, output }, _: RegistryFlags) => {
      const schema = client ? buildClientSchema(await client.request(introspection, {}, { signal })) : await ownSchema()
      if (output.isJson) output.printJson(introspectionFromSchema(schema, full))
      else output.print(printSchema(schema))
      return exitCodes.done
    },
  )
}
