/** Tells the other tabs of this browser that somebody signed in or out. */
const TOLD = 'session'

interface Tabs {
  tell(): void
  onTold(listener: () => void): void
}

/** Where the browser has no BroadcastChannel, each tab finds out for itself. */
export function createTabs(): Tabs {
  if (!('BroadcastChannel' in globalThis)) return { tell: () => undefined, onTold: () => undefined }
  const channel = new BroadcastChannel('letterlock')
  return {
    tell: () => channel.postMessage(TOLD),
    onTold: (listener) =>
      channel.addEventListener('message', (event) => {
        if (event.data === TOLD) listener()
      }),
  }
}
