/** A call of a tool with its args. */
export interface CallOfTool {
  readonly server: string
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  /** Address of the API. */
  readonly url: string
  /** Whether the API asks for a key. */
  readonly hasKey: boolean
}

export const languages = ['GraphQL', 'curl', 'CLI', 'TypeScript'] as const
export type Language = (typeof languages)[number]

const mutation = `mutation ($input: RunMcpToolInput!) {
  runMcpTool(input: $input) {
    ... on RunMcpToolPayload { run { id status result { funcReturn } error { code message } } }
    ... on UserError { code message }
  }
}`

const inputOf = ({ server, tool, args }: CallOfTool) => ({ tool: { qualified: { server, tool } }, args })

/** A word for POSIX shells, whatever it has in it. */
const quoted = (word: string) => (/^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

/** Text for a program: what ends a line in JavaScript but not in JSON is escaped, too. */
const literal = (value: unknown) =>
  JSON.stringify(value, undefined, 2).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')

function graphqlCode(call: CallOfTool): string {
  return `${mutation}\n\n# Variables\n${JSON.stringify({ input: inputOf(call) }, undefined, 2)
    .split('\n')
    .map((line) => `# ${line}`)
    .join('\n')}`
}

function curlCode(call: CallOfTool): string {
  const body = JSON.stringify({ query: mutation.replaceAll(/\s+/g, ' '), variables: { input: inputOf(call) } })
  const key = call.hasKey ? ` \\\n  -H "authorization: Bearer $TOOLYARD_KEY"` : ''
  return `curl ${quoted(call.url)} \\\n  -H 'content-type: application/json'${key} \\\n  -d ${quoted(body)}`
}

function cliCode({ server, tool, args, url }: CallOfTool): string {
  return `TOOLYARD_URL=${quoted(url)} toolyard run ${quoted(`${server}/${tool}`)} --args ${quoted(JSON.stringify(args))}`
}

function typescriptCode(call: CallOfTool): string {
  const { server, tool, args } = call
  return `import { createRegistry } from '@toolyard/core'

// With the storage of your registry.
await using registry = await createRegistry()
const run = await registry.tools.run(${literal({ server, tool })}, ${literal(args)})
console.log(run.status, run.result?.funcReturn)`
}

const writers: Readonly<Record<Language, (call: CallOfTool) => string>> = {
  GraphQL: graphqlCode,
  curl: curlCode,
  CLI: cliCode,
  TypeScript: typescriptCode,
}

/** The call as code. It has no key in it: curl and the command line read it from TOOLYARD_KEY. */
export const codeOf = (language: Language, call: CallOfTool): string => writers[language](call)
