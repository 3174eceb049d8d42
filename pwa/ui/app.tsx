/** The door of the screens. */
import { render } from 'preact'
import { useEffect, useErrorBoundary } from 'preact/hooks'
import type { Client } from '../client/contract/client.ts'
import type { Live } from '../client/contract/live.ts'
import type { Lack, Status } from '../client/contract/status.ts'
import { Button } from './components/button.tsx'
import { Mark } from './components/mark.tsx'
import { StorageWords } from './components/storage-trouble.tsx'
import { ClientContext } from './hooks/use-client.ts'
import { InstallContext } from './hooks/use-install.ts'
import { useLive } from './hooks/use-live.ts'
import { useTakeOver } from './hooks/use-take-over.ts'
import { replaceRoute, useRoute, type Route } from './routes.ts'
import { Help } from './screens/help.tsx'
import type { InstallPrompt } from './install-prompt.ts'
import { Messenger } from './screens/messenger.tsx'
import { Privacy } from './screens/privacy.tsx'
import { Recover } from './screens/recover.tsx'
import { Refusal } from './screens/refusal.tsx'
import { Register } from './screens/register.tsx'
import { SignIn } from './screens/sign-in.tsx'
import type { UpdatePrompt } from './update-prompt.ts'

/** What the browser brings. */
interface Surroundings {
  readonly update: UpdatePrompt
  readonly install: InstallPrompt
  /** What this window does not have, among it nothing that is needed. */
  readonly lacks: Live<readonly Lack[]>
}

/** Says why the app cannot run in this window. */
export function renderRefusal(root: Element, lack: Lack): void {
  render(<Refusal lack={lack} />, root)
}

/** Draws the app into `root` and keeps it up to date for as long as the page lives. */
export function renderApp(root: Element, client: Client, surroundings: Surroundings): void {
  render(
    <ClientContext.Provider value={client}>
      <InstallContext.Provider value={surroundings.install}>
        <App client={client} {...surroundings} />
      </InstallContext.Provider>
    </ClientContext.Provider>,
    root,
  )
}

interface AppProps extends Surroundings {
  readonly client: Client
}

function App(props: AppProps) {
  const [fault] = useErrorBoundary((error) => reportError(error))
  useActivity(props.client)
  if (fault !== undefined) return <Broken />
  return <Screen {...props} />
}

function Screen({ client, update, lacks }: AppProps) {
  const status = useLive(client.status)
  const route = useRoute()
  const lacking = useLive(lacks) ?? []
  const offer = useTakeOver(update, route)
  const isIn = status !== undefined && status.who.state !== 'starting' && status.who.state !== 'signed-out'

  useEffect(() => {
    if (isIn && isForSignedOut(route)) replaceRoute({ name: 'home' })
  }, [isIn, route.name])

  if (status === undefined || status.who.state === 'starting')
    return <Starting storage={status?.storage ?? 'ready'} />
  if (status.who.state !== 'signed-out') {
    return (
      <Messenger account={status.who.account} status={status} route={route} update={offer} lacks={lacking} />
    )
  }
  if (route.name === 'help') return <Help isInside={false} />
  if (route.name === 'privacy') return <Privacy isInside={false} />
  if (route.name === 'register') return <Register />
  if (route.name === 'recover') return <Recover lastUsername={status.who.lastUsername} />
  const { lastUsername, erasure } = status.who
  return <SignIn lastUsername={lastUsername} storage={status.storage} erasure={erasure} />
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

function Starting({ storage }: Pick<Status, 'storage'>) {
  const isSlow = storage !== 'ready'
  return (
    <main class="splash" aria-busy={!isSlow} aria-label="Letterlock is starting">
      <Mark />
      {isSlow && (
        <p role="status">
          <StorageWords storage={storage} />
        </p>
      )}
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
