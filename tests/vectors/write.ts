/** Writes the vectors anew, after a deliberate change of the protocol. */
import { writeFileSync } from 'node:fs'
import { FILES, makeVectors } from './make-vectors.ts'

for (const [file, stories] of Object.entries(FILES))
  writeFileSync(new URL(file, import.meta.url), await makeVectors(stories))
