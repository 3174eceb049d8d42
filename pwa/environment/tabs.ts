/** Tells the other tabs of this browser that somebody signed in or out. */
const TOLD = 'session'

export function createTabs(): { tell(): void; onTold(listener: () => void): void } {
  const channel = new BroadcastChannel('letterlock')
  return {
    tell: () => channel.postMessage(TOLD),
    onTold: (listener) =>
      channel.addEventListener('message', (event) => {
        if (event.data === TOLD) listener()
      }),
  }
}
