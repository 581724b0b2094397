import { useClient } from 'urql'
import { changesList, promptPage } from './feature-documents.ts'
import { FeatureList } from './feature-list.tsx'
import { FeatureRow } from './feature-row.tsx'
import { PromptForm } from './prompt-form.tsx'

/** The prompts of a server. */
export default function PromptTab({ serverId }: { readonly serverId: string }) {
  const client = useClient()
  return (
    <FeatureList
      title="Prompts"
      isOldAfter={changesList('prompts', serverId)}
      readPage={async (words, after, first) => {
        const variables = { serverId, first, after, name: words === '' ? null : { contains: words } }
        const { data, error } = await client.query(promptPage, variables, { requestPolicy: 'network-only' }).toPromise()
        return { page: data?.mcpPrompts, error }
      }}
    >
      {(prompt) => (
        <FeatureRow
          key={prompt.id}
          name={prompt.title ?? prompt.name}
          identifier={prompt.name}
          words={prompt.description}
          facts={prompt.arguments.length === 1 ? '1 argument' : `${prompt.arguments.length} arguments`}
        >
          <PromptForm serverId={serverId} prompt={prompt} />
        </FeatureRow>
      )}
    </FeatureList>
  )
}
