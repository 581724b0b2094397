import type { FeatureDefinitions, FeatureKind } from '../model/feature.ts'
import { entryWords } from './entry-words.ts'

type Definition = FeatureDefinitions[FeatureKind]

function propertiesOf(definition: Definition): string {
  if ('uri' in definition) return definition.uri
  if ('uriTemplate' in definition) return definition.uriTemplate
  const names = 'arguments' in definition ? definition.arguments?.map(({ name }) => name) : undefined
  return names?.join(' ') ?? ''
}

/** The searched words of a resource, template or prompt; its properties are its URI, or the names of its arguments. */
export function featureWords(definition: Definition): string {
  const { name, title = '', description = '' } = definition
  return entryWords({ name, title, properties: propertiesOf(definition), description })
}
