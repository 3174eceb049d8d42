/** The door of the screens. */
import { render } from 'preact'
import { useEffect, useErrorBoundary } from 'preact/hooks'
import type { Client } from '../client/client.ts'
import { Button } from './components/button.tsx'
import { Mark } from './components/mark.tsx'
import { ClientContext } from './hooks/use-client.ts'
import { useLive } from './hooks/use-live.ts'
import { replaceRoute, useRoute, type Route } from './routes.ts'
import { Help } from './screens/help.tsx'
import { Messenger } from './screens/messenger.tsx'
import { Privacy } from './screens/privacy.tsx'
import { Recover } from './screens/recover.tsx'
import { Register } from './screens/register.tsx'
import { SignIn } from './screens/sign-in.tsx'
import type { UpdatePrompt } from './update-prompt.ts'

/** Draws the app into `root` and keeps it up to date for as long as the page lives. */
export function renderApp(root: Element, client: Client, update: UpdatePrompt): void {
  render(
    <ClientContext.Provider value={client}>
      <App client={client} update={update} />
    </ClientContext.Provider>,
    root,
  )
}

function App({ client, update }: { client: Client; update: UpdatePrompt }) {
  const [fault] = useErrorBoundary((error) => reportError(error))
  useActivity(client)
  if (fault !== undefined) return <Broken />
  return <Screen client={client} update={update} />
}

function Screen({ client, update }: { client: Client; update: UpdatePrompt }) {
  const status = useLive(client.status)
  const route = useRoute()
  const isIn = status !== undefined && status.who.state !== 'starting' && status.who.state !== 'signed-out'

  useEffect(() => {
    if (isIn && isForSignedOut(route)) replaceRoute({ name: 'home' })
  }, [isIn, route.name])

  if (status === undefined || status.who.state === 'starting') return <Starting />
  if (status.who.state !== 'signed-out') {
    return <Messenger account={status.who.account} status={status} route={route} update={update} />
  }
  if (route.name === 'help') return <Help isInside={false} />
  if (route.name === 'privacy') return <Privacy isInside={false} />
  if (route.name === 'register') return <Register />
  if (route.name === 'recover') return <Recover lastUsername={status.who.lastUsername} />
  return <SignIn lastUsername={status.who.lastUsername} />
}

function isForSignedOut(route: Route): boolean {
  return ['register', 'sign-in', 'recover'].includes(route.name)
}

/** Tells the client that a person is there; it counts what it needs. */
function useActivity(client: Client): void {
  useEffect(() => {
    const report = () => client.reportActivity()
    addEventListener('pointerdown', report)
    addEventListener('keydown', report)
    return () => {
      removeEventListener('pointerdown', report)
      removeEventListener('keydown', report)
    }
  }, [client])
}

function Starting() {
  return (
    <main class="splash" aria-busy="true" aria-label="Letterlock is starting">
      <Mark />
    </main>
  )
}

function Broken() {
  return (
    <main class="splash">
      <Mark />
      <h1>This page had a fault</h1>
      <p>Your messages and keys are safe in this browser. Load the page again to go on.</p>
      <Button onPress={() => location.reload()}>Load again</Button>
    </main>
  )
}
