import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Command } from 'commander'
import type { IntrospectionQuery } from 'graphql'
import { exitCodes } from '../../base/command-error.ts'
import { type ProgramProcess, type RegistryFlags, serverCommand } from '../../command/command.ts'

const full = { oneOf: true, specifiedByUrl: true, inputValueDeprecation: true, schemaDescription: true } as const

/** The schema as printed for this version. */
const ownSchema = () => readFile(createRequire(import.meta.url).resolve('@toolyard/graphql/schema.graphql'), 'utf8')

export function addSchemaCommand(program: Command, process: ProgramProcess): void {
  serverCommand(
    program,
    process,
    {
      usage: 'schema',
      description: 'print the GraphQL schema; with --url that of the server, with --json as introspection',
    },
    async ({ client, signal, output }, _: RegistryFlags) => {
      // Only when it is wanted: no other command on a server needs it.
      const { buildClientSchema, buildSchema, getIntrospectionQuery, introspectionFromSchema, printSchema } =
        await import('graphql')
      const schema = client
        ? // GraphQL promises this type for this query.
          buildClientSchema((await client.request(getIntrospectionQuery(full), {}, { signal })) as IntrospectionQuery)
        : buildSchema(await ownSchema())
      if (output.isJson) output.printJson(introspectionFromSchema(schema, full))
      else output.print(printSchema(schema))
      return exitCodes.done
    },
  )
}
