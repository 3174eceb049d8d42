/** Writes the frozen conversations anew, after a deliberate change of the protocol. */
import { writeFileSync } from 'node:fs'
import { BEGINNINGS, makeTranscript } from './transcripts.ts'

const transcripts = await Promise.all(BEGINNINGS.map(makeTranscript))
const url = new URL('../vectors/protocol/two-way.json', import.meta.url)
writeFileSync(url, `${JSON.stringify(transcripts, null, 1)}\n`)
