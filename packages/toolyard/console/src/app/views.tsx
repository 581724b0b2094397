import { Center, Loader } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { Route, Switch } from 'wouter'
import { ServersPage } from '../servers/servers-page.tsx'
import { NotFound } from './not-found.tsx'

// Each view is loaded on first visit.
const ServerPage = lazy(() => import('../servers/server-page.tsx'))
const ServerForm = lazy(() => import('../servers/server-form-page.tsx'))
const ToolsPage = lazy(() => import('../tools/tools-page.tsx'))
const ToolPage = lazy(() => import('../tools/tool-page.tsx'))
const RunsPage = lazy(() => import('../runs/runs-page.tsx'))
const RunPage = lazy(() => import('../runs/run-page.tsx'))
const ApprovalsPage = lazy(() => import('../approvals/approvals-page.tsx'))
const AuditPage = lazy(() => import('../audit/audit-page.tsx'))
const ExportPage = lazy(() => import('../export/export-page.tsx'))
const DocsPage = lazy(() => import('../docs/docs-page.tsx'))
const ImportPage = lazy(() => import('../import/import-page.tsx'))

export function Views() {
  return (
    <Suspense
      fallback={
        <Center mih="10rem">
          <Loader size="sm" aria-label="Loading" />
        </Center>
      }
    >
      <Switch>
        <Route path="/" component={ServersPage} />
        <Route path="/servers/new">{() => <ServerForm id={undefined} />}</Route>
        <Route path="/servers/:id/edit">{({ id }) => <ServerForm key={id} id={id} />}</Route>
        <Route path="/servers/:id/:tab?">{({ id, tab }) => <ServerPage key={id} id={id} tab={tab} />}</Route>
        <Route path="/tools" component={ToolsPage} />
        <Route path="/tools/:id">{({ id }) => <ToolPage key={id} id={id} />}</Route>
        <Route path="/runs" component={RunsPage} />
        <Route path="/runs/:id">{({ id }) => <RunPage key={id} id={id} />}</Route>
        <Route path="/approvals" component={ApprovalsPage} />
        <Route path="/import" component={ImportPage} />
        <Route path="/export" component={ExportPage} />
        <Route path="/docs/:page?">{({ page }) => <DocsPage key={page} page={page} />}</Route>
        <Route path="/audit" component={AuditPage} />
        <Route>{() => <NotFound />}</Route>
      </Switch>
    </Suspense>
  )
}
