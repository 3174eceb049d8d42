/** What the screens are filled with, and what is done to a browser to see them. */
import type { Page } from 'playwright-core'
import type { Person } from './person.ts'

/** Who writes, and what: long lines, long words, addresses, several lines, several in a row. */
export const TALK: readonly (readonly ['alice' | 'bob', string])[] = [
  ['alice', 'Have you read the plan for the garden?'],
  ['bob', 'Not yet'],
  ['bob', 'On my list for tonight.'],
  ['bob', 'Is it the one with the pond?'],
  [
    'alice',
    'Yes. The pond moved to the left, and the apple tree stays where it is, because nobody dared to ask it.',
  ],
  [
    'alice',
    'Here it is: https://garden.example/plans/2026/the-pond-and-the-apple-tree?version=3&colour=green.',
  ],
  ['bob', 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvorsitzender'],
  ['bob', 'Sorry, that was the cat.'],
  ['alice', 'Shopping:\n- bulbs\n- gravel, two bags\n- a very long hose'],
  ['bob', 'ok'],
  ['alice', '?'],
  [
    'bob',
    'I meant: yes, I can get all of that on Saturday. The gravel comes by the bag or by the tonne, and I fear that two bags will not go far.',
  ],
]

/** As somebody does in the developer tools. */
export async function clearLocalStorage(person: Person): Promise<void> {
  const session = await person.context.newCDPSession(person.page)
  await session.send('DOMStorage.enable')
  await session.send('DOMStorage.clear', {
    storageId: { securityOrigin: person.origin, isLocalStorage: true },
  })
}

/** Leaves no room for another key. */
export function fillLocalStorage(page: Page): Promise<void> {
  return page.evaluate(() => {
    for (let size = 1 << 22; size >= 1; size = Math.floor(size / 2)) {
      try {
        for (let part = 0; ; part += 1) localStorage.setItem(`filler-${size}-${part}`, 'x'.repeat(size))
      } catch {
        // Full for this size: on with smaller ones.
      }
    }
  })
}
