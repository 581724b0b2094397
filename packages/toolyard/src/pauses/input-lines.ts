import { shown, shownLines } from '../output/printable.ts'
import type { AskedInput } from '../queries/run-documents.ts'
import { isObject, propertiesOf, requiredOf, type Schema } from '../tools/schema.ts'
import { fieldHint, fieldName } from './ask-fields.ts'
import type { PausedRun } from './paused-run.ts'

type Form = Extract<AskedInput, { readonly __typename: 'ElicitationFormRequest' }>
type Url = Extract<AskedInput, { readonly __typename: 'ElicitationUrlRequest' }>
type Sampling = Extract<AskedInput, { readonly __typename: 'SamplingRequest' }>

/** JSON of the server, whose shape the registry has checked. */
export function schemaOf({ requestedSchema }: Form): Schema {
  return isObject(requestedSchema) ? requestedSchema : {}
}

/** Where an address leads, apart from the rest of it: what stands before an @ is no host. */
export function hostOf({ url }: Url): string {
  return URL.canParse(url) ? new URL(url).host : 'an unknown host'
}

function textsOf(content: unknown): readonly string[] {
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [content]
  return blocks.map((block) => {
    if (!isObject(block)) return '(no content)'
    return block.type === 'text' && typeof block.text === 'string' ? block.text : `(${String(block.type)})`
  })
}

function indented(text: string): readonly string[] {
  return shownLines(text)
    .split('\n')
    .map((line) => `    ${line}`)
}

function samplingLines({ params }: Sampling): readonly string[] {
  const { systemPrompt, messages, maxTokens }: Schema = isObject(params) ? params : {}
  const system = typeof systemPrompt === 'string' ? ['  system:', ...indented(systemPrompt)] : []
  const given: readonly unknown[] = Array.isArray(messages) ? messages : []
  const asked = given.filter(isObject).flatMap(({ role, content }) => {
    return [`  ${shown(String(role))}:`, ...textsOf(content).flatMap(indented)]
  })
  return [...system, ...asked, ...(typeof maxTokens === 'number' ? [`  at most ${maxTokens} tokens`] : [])]
}

/** What a server asks for, in lines for people. The first one is a heading. */
export function requestLines(server: string, request: AskedInput): readonly string[] {
  const name = shown(server)
  switch (request.__typename) {
    case 'ElicitationFormRequest':
      return [`${name} asks: ${shown(request.message)}`]
    case 'ElicitationUrlRequest':
      return [
        `${name} wants a page of ${shown(hostOf(request))} opened: ${shown(request.message)}`,
        `  ${shown(request.url)}`,
      ]
    case 'SamplingRequest':
      return [`${name} asks for the answer of a language model:`, ...samplingLines(request)]
  }
}

function fieldLines(request: Form): readonly string[] {
  const root = schemaOf(request)
  const required = new Set(requiredOf(root, root))
  return [...propertiesOf(root, root)].map(
    ([name, field]) => `    ${fieldName(name, field)} (${fieldHint(root, field, required.has(name))})`,
  )
}

function quoted(text: string): string {
  return /^[\w.:/-]+$/.test(text) ? text : `'${shown(text).replaceAll("'", `'\\''`)}'`
}

/** The commands that answer a request. */
function commandsFor({ id, pendingInput }: PausedRun, request: AskedInput): readonly string[] {
  const key = pendingInput.length > 1 ? ` --request ${quoted(request.key)}` : ''
  const command = `toolyard answer ${id}${key}`
  const other = `  ${command} --decline    (or --cancel)`
  switch (request.__typename) {
    case 'ElicitationFormRequest': {
      const root = schemaOf(request)
      const names = [...propertiesOf(root, root)].map(([name]) => quoted(`${name}=…`))
      return [`  ${command} ${names.length > 0 ? names.join(' ') : '--accept'}`, other]
    }
    case 'ElicitationUrlRequest':
      return [`  ${command} --accept`, other]
    case 'SamplingRequest':
      return [`  ${command} --text TEXT`, other]
  }
}

/** All that a run waits for, and the commands that answer it, in lines for people. */
export function pausedRunLines(run: PausedRun): readonly string[] {
  return run.pendingInput.flatMap((request) => [
    ...requestLines(run.serverName, request),
    ...(request.__typename === 'ElicitationFormRequest' ? fieldLines(request) : []),
    ...commandsFor(run, request),
  ])
}
