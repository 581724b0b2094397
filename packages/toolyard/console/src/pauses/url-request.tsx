import { Anchor, Stack, Text } from '@mantine/core'
import { AnswerButtons } from './answer-buttons.tsx'
import type { AskedUrl } from './input-documents.ts'
import { RequestFrame } from './request-frame.tsx'
import { urlParts } from './url-parts.ts'
import { type RequestProps, useAnswer } from './use-answer.ts'

/** The address, with the host set apart. A link only if a person may be sent there. */
function Address({ url }: { readonly url: string }) {
  const parts = urlParts(url)
  if (!parts) return <Text size="sm">The server names an address that is neither http nor https. It is not shown.</Text>
  const { href, scheme, host, rest } = parts
  return (
    <Stack gap="var(--space-2)">
      <Text size="sm">
        Leads to <strong className="url-host">{host}</strong>
        {scheme === 'http://' && ', without encryption'}, in a new tab. Open it only if you trust that host.
      </Text>
      <Anchor
        href={href}
        target="_blank"
        rel="noopener noreferrer nofollow"
        referrerPolicy="no-referrer"
        className="url-link mono"
        size="sm"
        title={href.slice(0, 2_000)}
      >
        <span className="quiet">{scheme}</span>
        <strong className="url-host">{host}</strong>
        <span className="quiet">{rest.length > 300 ? `${rest.slice(0, 300)}…` : rest}</span>
      </Anchor>
    </Stack>
  )
}

/** An address that the server asks to be opened. The page never fetches it. */
export function UrlRequest(props: RequestProps<AskedUrl>) {
  const { message, url, expiresAt } = props.request
  const answer = useAnswer(props)
  return (
    <RequestFrame title="The server asks you to open an address" message={message} expiresAt={expiresAt}>
      <Address url={url} />
      <AnswerButtons
        answer={answer}
        accept="I have done it"
        onAccept={() => void answer.send('ACCEPT')}
        others={['DECLINE', 'CANCEL']}
      />
    </RequestFrame>
  )
}
