import { Stack } from '@mantine/core'
import { useClient } from 'urql'
import { changesList, resourcePage, templatePage } from './feature-documents.ts'
import { FeatureList } from './feature-list.tsx'
import { FeatureRow } from './feature-row.tsx'
import { ReadView } from './read-view.tsx'
import { TemplateForm } from './template-form.tsx'

interface ResourceTabProps {
  readonly server: { readonly id: string; readonly name: string }
}

const sizeText = (size: number | null) => (size === null ? undefined : `${size.toLocaleString('en')} bytes`)
const factsOf = (...facts: readonly (string | null | undefined)[]) =>
  facts
    .filter((each) => each != null)
    .join(', ')
    .slice(0, 100)
const filterOf = (words: string) => (words === '' ? null : { contains: words })

/** The resources and resource templates of a server. */
export default function ResourceTab({ server }: ResourceTabProps) {
  const client = useClient()
  const isOldAfter = changesList('resources', server.id)
  return (
    <Stack gap="lg">
      <FeatureList
        title="Resources"
        isOldAfter={isOldAfter}
        readPage={async (words, after, first) => {
          const variables = { serverId: server.id, first, after, uri: filterOf(words) }
          const { data, error } = await client
            .query(resourcePage, variables, { requestPolicy: 'network-only' })
            .toPromise()
          return { page: data?.mcpResources, error }
        }}
      >
        {({ id, uri, name, title, description, mimeType, size }) => (
          <FeatureRow
            key={id}
            name={title ?? name}
            identifier={uri}
            words={description}
            facts={factsOf(mimeType, sizeText(size))}
          >
            <ReadView serverId={server.id} target={{ resource: { id } }} />
          </FeatureRow>
        )}
      </FeatureList>
      <FeatureList
        title="Resource templates"
        isOldAfter={isOldAfter}
        readPage={async (words, after, first) => {
          const variables = { serverId: server.id, first, after, uri: filterOf(words) }
          const { data, error } = await client
            .query(templatePage, variables, { requestPolicy: 'network-only' })
            .toPromise()
          return { page: data?.mcpResourceTemplates, error }
        }}
      >
        {(template) => (
          <FeatureRow
            key={template.id}
            name={template.title ?? template.name}
            identifier={template.uriTemplate}
            words={template.description}
            facts={factsOf(template.mimeType)}
          >
            <TemplateForm serverId={server.id} template={template} />
          </FeatureRow>
        )}
      </FeatureList>
    </Stack>
  )
}
