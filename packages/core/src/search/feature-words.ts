import type { FeatureDefinitions, FeatureKind } from '../model/feature.ts'
import { entryWords } from './entry-words.ts'
import { spaced } from './words.ts'

type Definition = FeatureDefinitions[FeatureKind]

function propertiesOf(definition: Definition): string {
  if ('uri' in definition) return definition.uri
  if ('uriTemplate' in definition) return definition.uriTemplate
  const names = 'arguments' in definition ? definition.arguments?.map(({ name }) => name) : undefined
  return names?.join(' ') ?? ''
}

/** Leaves out each word after its first place, which has the best score. URIs and descriptions repeat many. */
function withoutRepeats(words: string): string {
  const seen = new Set<string>()
  const first = (word: string) => word !== '' && seen.size < seen.add(word).size
  return words
    .split('\n')
    .map((line) => spaced(line.split(' ').filter(first)))
    .join('\n')
}

/** The searched words of a resource, template or prompt; its properties are its URI, or the names of its arguments. */
export function featureWords(definition: Definition): string {
  const { name, title = '', description = '' } = definition
  return withoutRepeats(entryWords({ name, title, properties: propertiesOf(definition), description }))
}
