import { useQuery } from 'urql'
import { registryInfo } from '../api/api-gate.tsx'
import { apiPath } from '../api/client.ts'

/** Where the documentation of the published package is. */
const docsUrl = 'https://www.npmjs.com/package/toolyard'

/** The version that serves the page, the documentation, and GraphiQL. */
export function Footer() {
  const [{ data }] = useQuery({ query: registryInfo, requestPolicy: 'cache-first' })
  return (
    <footer className="footer">
      {data && <span className="quiet">toolyard {data.registryInfo.version}</span>}
      <a href={docsUrl} target="_blank" rel="noopener noreferrer">
        Docs
      </a>
      <a href={apiPath}>GraphiQL</a>
    </footer>
  )
}
