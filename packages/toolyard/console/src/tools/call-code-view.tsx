import { SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import { apiPath } from '../api/client.ts'
import { BlockActions } from '../text/block-actions.tsx'
import { LongText } from '../text/long-text.tsx'
import { codeOf, type Language, languages } from './call-code.ts'
import type { Args } from './use-args.ts'

interface CallCodeViewProps {
  readonly server: string
  readonly tool: string
  readonly args: Args
  readonly hasKey: boolean
}

/** The call that the form describes, as code to copy. */
export default function CallCodeView(props: CallCodeViewProps) {
  const [language, setLanguage] = useState<Language>('GraphQL')
  const code = codeOf(language, { ...props, url: `${window.location.origin}${apiPath}` })
  return (
    <>
      <div className="block-head">
        <SegmentedControl
          size="xs"
          aria-label="Language"
          data={[...languages]}
          value={language}
          onChange={(next) => setLanguage(languages.find((each) => each === next) ?? 'GraphQL')}
        />
        <BlockActions name="code" text={code} />
      </div>
      <div className="block">
        <LongText text={code} isMono limit={5_000} label={`As ${language}`} />
      </div>
    </>
  )
}
