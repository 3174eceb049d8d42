/** The composition root of the page: the real browser, the client, the worker, the screens. */
import { createApi } from './client/api/http.ts'
import { createClient } from './client/create-client.ts'
import { createCell } from './client/live.ts'
import { createBrowserEnvironment } from './environment/browser-environment.ts'
import type { Lack } from './client/contract/status.ts'
import { createInstallPrompt } from './environment/install-prompt.ts'
import { createKeyAsker } from './environment/key-asker.ts'
import { createPageLocks } from './environment/page-locks.ts'
import { probeBrowser } from './environment/probe-browser.ts'
import { createTabs } from './environment/tabs.ts'
import { createWorkSolver } from './environment/work-solver.ts'
import { connectWorker } from './sw-bridge.ts'
import { renderApp, renderRefusal } from './ui/app.tsx'
import { isNeeded } from './ui/lack.ts'

const root = document.getElementById('app')
if (!root) throw new Error('index.html has no element #app')

const install = createInstallPrompt()
const found = await probeBrowser()
const needed = found.find(isNeeded)
if (needed === undefined) start(root, found)
else renderRefusal(root, needed)

function start(place: Element, missing: readonly Lack[]): void {
  const worker = connectWorker()
  const lacks = createCell(missing)
  worker.isMissing.subscribe((isMissing) => {
    if (isMissing) lacks.set([...missing, 'worker'])
  })
  const client = createClient({
    environment: createBrowserEnvironment(worker.requestBackgroundDrain),
    api: createApi((input, init) => fetch(input, init)),
    keys: createKeyAsker(() => Date.now()),
    solver: createWorkSolver(),
    crypto,
    locks: 'locks' in navigator ? navigator.locks : createPageLocks(),
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    tabs: createTabs(),
  })
  renderApp(place, client, { update: worker.update, install, lacks })
}
