import { Button } from '../components/button.tsx'
import { Mark } from '../components/mark.tsx'
import type { Lack } from '../../client/contract/status.ts'
import { LACK_WORDS } from '../lack.ts'

/** In the place of the app, where this browser lacks what the app cannot do without. */
export function Refusal({ lack }: { lack: Lack }) {
  const { heading, words } = LACK_WORDS[lack]
  return (
    <main class="splash">
      <Mark />
      <h1>{heading}</h1>
      <p>{words}</p>
      <Button onPress={() => location.reload()}>Try again</Button>
    </main>
  )
}
