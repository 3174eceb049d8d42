/** Writes the frozen conversations anew, after a deliberate change of the protocol. */
import { writeFileSync } from 'node:fs'
import { makeOneWayTranscript } from './one-way-transcript.ts'
import { BEGINNINGS, makeTranscript } from './transcripts.ts'

write('two-way.json', await Promise.all(BEGINNINGS.map(makeTranscript)))
write('one-way.json', await Promise.all(BEGINNINGS.map(makeOneWayTranscript)))

function write(name: string, transcripts: unknown): void {
  const url = new URL(`../vectors/protocol/${name}`, import.meta.url)
  writeFileSync(url, `${JSON.stringify(transcripts, null, 1)}\n`)
}
