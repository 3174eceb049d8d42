/** The browser's offer to install the app, kept until the person wants it. */
interface InstallEvent extends Event {
  /** Of browsers that have the event, which the compiler's library does not know. */
  prompt(): Promise<unknown>
}

type State = 'offered' | 'by-menu' | 'installed'

interface Prompt {
  subscribe(listener: (state: State) => void): () => void
  ask(): void
}

/** Listens from now on: browsers make the offer once, soon after the page has loaded. */
export function createInstallPrompt(): Prompt {
  const listeners = new Set<(state: State) => void>()
  let state: State = matchMedia('(display-mode: standalone)').matches ? 'installed' : 'by-menu'
  let offer: InstallEvent | null = null

  function set(next: State): void {
    state = next
    for (const listener of listeners) listener(next)
  }

  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    offer = event as InstallEvent // by its name
    set('offered')
  })
  addEventListener('appinstalled', () => set('installed'))

  return {
    subscribe(listener) {
      listeners.add(listener)
      listener(state)
      return () => listeners.delete(listener)
    },
    ask() {
      // One offer is good for one question; when it is declined, the browser makes another or none.
      const question = offer
      offer = null
      if (state === 'offered') set('by-menu')
      question?.prompt().catch(() => undefined)
    },
  }
}
