/** The composition root of the page: the real browser, the client, the worker, the screens. */
import { createApi } from './client/api/http.ts'
import { createClient } from './client/create-client.ts'
import { createBrowserEnvironment } from './environment/browser-environment.ts'
import { createKeyAsker } from './environment/key-asker.ts'
import { createTabs } from './environment/tabs.ts'
import { createWorkSolver } from './environment/work-solver.ts'
import { connectWorker } from './sw-bridge.ts'
import { renderApp } from './ui/app.tsx'

const root = document.getElementById('app')
if (!root) throw new Error('index.html has no element #app')

const worker = connectWorker()
const client = createClient({
  environment: createBrowserEnvironment(worker.requestBackgroundDrain),
  api: createApi((input, init) => fetch(input, init)),
  keys: createKeyAsker(() => Date.now()),
  solver: createWorkSolver(),
  crypto,
  locks: navigator.locks,
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  tabs: createTabs(),
})
renderApp(root, client, worker.update)
