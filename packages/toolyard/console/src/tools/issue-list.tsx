import type { FormIssue } from '../schema-form/issue-words.ts'

/** What the API found in args that were entered as JSON. */
export function IssueList({ issues }: { readonly issues: readonly FormIssue[] }) {
  if (issues.length === 0) return null
  return (
    <ul className="issues" aria-label="Invalid args">
      {issues.map(({ pointer, message }) => (
        <li key={`${pointer} ${message}`}>
          <code>
            <bdi>{pointer.slice(0, 200) || '/'}</bdi>
          </code>{' '}
          {message.slice(0, 400)}
        </li>
      ))}
    </ul>
  )
}
